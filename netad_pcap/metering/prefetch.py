"""A hint to the processor that an element of an array will be needed soon.

The kernel waits for memory more than it computes: with tens of thousands of flows open,
each packet's record lies in main memory. Asking for it some packets ahead hides that.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

__all__ = ["prefetch"]


@intrinsic
def prefetch(typing_context: Any, array: Any, index: Any, offset: Any) -> Any:
    """`prefetch(array, index, offset)`: the cache line `offset` bytes into `array[index]`.

    Has no effect but on speed; the index must be inside the array.
    """
    if not isinstance(array, types.Array) or not isinstance(index, types.Integer):
        return None

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array_type, index_type, offset_type = signature.args
        data = context.make_array(array_type)(context, builder, arguments[0]).data
        size = context.get_abi_sizeof(context.get_data_type(array_type.dtype))
        word = ir.IntType(64)
        place = builder.add(
            builder.mul(
                context.cast(builder, arguments[1], index_type, types.int64),
                ir.Constant(word, size),
            ),
            context.cast(builder, arguments[2], offset_type, types.int64),
        )
        pointer = builder.gep(builder.bitcast(data, cgutils.voidptr_t), [place])
        kind = ir.FunctionType(ir.VoidType(), [cgutils.voidptr_t] + [ir.IntType(32)] * 3)
        function = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0i8")
        read, keep, cache = (ir.Constant(ir.IntType(32), v) for v in (0, 3, 1))
        builder.call(function, [pointer, read, keep, cache])
        return context.get_dummy_value()

    return types.none(array, index, offset), generate
