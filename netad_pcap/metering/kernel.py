"""The rule book: which flow a packet belongs to, and when that flow ends.

One loop over packets for all four profiles (`rules.RULES`, cicflowmeter.md 3 and 4).
State lies in arrays that the caller keeps (`table.FlowTable`), so cutting the input
anywhere changes nothing. The loop returns early when an array is full; the caller
makes room and enters again.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from netad_pcap.metering.prefetch import prefetch
from netad_pcap.metering.recent import begin as begin_recent
from netad_pcap.metering.recent import forget, sent_lately
from netad_pcap.metering.records import FLOW, RECENT
from netad_pcap.metering.rules import FLOW_TIMEOUT_US, LIFE_2018, LIFE_V4
from netad_pcap.metering.segments import seen_before, segment_home
from netad_pcap.metering.statistics import ACK, FIN, RST, SYN, add_packet, touch

__all__ = ["WHEEL", "feed", "place_flows", "sweep"]

#: Seconds on the timer wheel; a flow's next look is at most 121 s ahead.
WHEEL = 128

#: `end_reason` codes, positions in `states.END_REASONS`.
_BY_FIN, _BY_RST, _BY_TIMEOUT, _BY_REOPENING, _BY_ICMP, _BY_IDLE = 1, 2, 3, 4, 5, 6
#: States of the fork (cicflowmeter.md 4).
_NONE, _F1, _F2, _READY = 0, 1, 2, 3
_TCP, _UDP = 6, 17
_SELF = 1 << 8  # extensions.EXTENSIONS["self"].bit
_SECOND = 1_000_000
#: How many packets ahead slots and records are asked for, and the bytes of a cache line.
_SLOTS_AHEAD, _RECORDS_AHEAD = 16, 8
_LINE = 64
_FLOW_BYTES, _RECENT_BYTES = FLOW.itemsize, RECENT.itemsize

_kernel = njit(cache=True, error_model="numpy")


@_kernel
def _tag(
    a_high: Any, a_low: Any, b_high: Any, b_low: Any, ports: Any, protocol: Any, seed: Any
) -> int:
    """32 bits of hash of a key, all arguments uint64; `seed` keeps hostile captures from
    choosing collisions and shows in no result."""
    h = (a_low + seed) * np.uint64(0x9E3779B97F4A7C15)
    h ^= h >> np.uint64(31)
    h = (h + b_low) * np.uint64(0xC2B2AE3D27D4EB4F)
    h ^= h >> np.uint64(29)
    h = (h ^ (ports << np.uint64(16)) ^ protocol) * np.uint64(0xD6E8FEB86659FD93)
    if a_high | b_high:
        h ^= (a_high * np.uint64(0x2545F4914F6CDD1D)) ^ (b_high * np.uint64(0x9E6C63D0876A9A35))
        h ^= h >> np.uint64(30)
        h *= np.uint64(0xBF58476D1CE4E5B9)
    return np.int64(h >> np.uint64(32))


@_kernel
def _flow_tag(flow: Any, seed: Any) -> int:
    return _tag(
        flow.a_high,
        flow.a_low,
        flow.b_high,
        flow.b_low,
        (np.uint64(flow.a_port) << np.uint64(16)) | np.uint64(flow.b_port),
        (np.uint64(flow.ip_version) << np.uint64(8)) | np.uint64(flow.protocol),
        seed,
    )


@_kernel
def _remove_slot(slots: Any, position: int) -> None:
    """Empties a slot and closes the gap behind it (linear probing without tombstones)."""
    mask = len(slots) - 1
    hole = position
    j = position
    while True:
        j = (j + 1) & mask
        if slots[j].flow < 0:
            break
        home = np.int64(slots[j].tag) & mask
        if ((j - home) & mask) >= ((j - hole) & mask):
            slots[hole].tag = slots[j].tag
            slots[hole].flow = slots[j].flow
            hole = j
    slots[hole].flow = -1


@_kernel
def _slot_of(slots: Any, flows: Any, index: int, seed: Any) -> int:
    mask = len(slots) - 1
    position = _flow_tag(flows[index], seed) & mask
    while slots[position].flow != index:
        position = (position + 1) & mask
    return position


@_kernel
def place_flows(slots: Any, flows: Any, indices: Any, seed: Any) -> None:
    """Fills the empty hash table `slots` with the flows of `indices`."""
    mask = len(slots) - 1
    for k in range(len(indices)):
        tag = _flow_tag(flows[indices[k]], seed)
        position = tag & mask
        while slots[position].flow >= 0:
            position = (position + 1) & mask
        slots[position].tag = tag
        slots[position].flow = indices[k]


@_kernel
def _link(flows: Any, wheel: Any, index: int, second: int) -> None:
    bucket = second % WHEEL
    head = wheel[bucket]
    flow = flows[index]
    flow.previous = -1 - bucket  # a negative neighbour is the bucket itself
    flow.following = head
    if head >= 0:
        flows[head].previous = index
    wheel[bucket] = index


@_kernel
def _unlink(flows: Any, wheel: Any, index: int) -> None:
    flow = flows[index]
    if flow.previous < 0:
        wheel[-1 - flow.previous] = flow.following
    else:
        flows[flow.previous].following = flow.following
    if flow.following >= 0:
        flows[flow.following].previous = flow.previous


@_kernel
def _over_at(flow: Any) -> int:
    """First whole second at which an idle flow is over (design 6)."""
    return (flow.seen_at_us + FLOW_TIMEOUT_US) // _SECOND + 1


@_kernel
def _finish(
    flows: Any,
    wheel: Any,
    done: Any,
    free: Any,
    counters: Any,
    index: int,
    reason: int,
    rules: Any,
    strict: bool,
) -> None:
    """Ends a flow: its row waits in `done`, or is dropped where the tool drops it."""
    flow = flows[index]
    if not strict:
        _unlink(flows, wheel, index)
    elif not rules.one_packet_rows and flow.fwd_packets + flow.bwd_packets < 2:
        free[counters.free_flows] = index
        counters.free_flows += 1
        return
    flow.end_reason = reason
    if flow.protocol == _TCP or (flow.protocol == _UDP and rules.connection_time_udp):
        flow.connection_us += flow.end_us - flow.start_us
    flow.leaves = counters.second + 1
    done[counters.done] = index
    counters.done += 1


@_kernel
def _free_connection(
    flow: Any, starts: Any, counts: Any, free_connections: Any, counters: Any
) -> None:
    """Under --strict: the segments of the connection are dead from here on."""
    c = flow.connection
    if c >= 0:
        starts[c] = counts[c] + 1
        free_connections[counters.free_connections] = c
        counters.free_connections += 1
        flow.connection = -1


@_kernel
def sweep(
    flows: Any,
    wheel: Any,
    slots: Any,
    done: Any,
    free: Any,
    recents: Any,
    free_chunks: Any,
    counters: Any,
    until: int,
    rules: Any,
    seed: Any,
) -> None:
    """Lets idle flows leave at each whole second up to `until` (not under --strict)."""
    first = counters.second + 1
    # Behind a whole turn without a packet nothing is left to look at.
    for second in range(first, min(until, first + WHEEL) + 1):
        counters.second = second - 1
        index = wheel[second % WHEEL]
        while index >= 0:
            flow = flows[index]
            following = flow.following
            over_at = _over_at(flow)
            if over_at > second:
                _unlink(flows, wheel, index)
                _link(flows, wheel, index, over_at)
            else:
                _remove_slot(slots, _slot_of(slots, flows, index, seed))
                counters.live -= 1
                _finish(flows, wheel, done, free, counters, index, _BY_IDLE, rules, False)
                if rules.segments and flow.protocol == _TCP:
                    forget(recents[index], free_chunks, counters)
            index = following
    counters.second = until


@_kernel
def _runs_from_a(packet: Any, keeps_order: bool) -> bool:
    """Whether a packet's source is the lower of the ordered ends; `keeps_order`: between
    equal addresses the source counts as lower, so both directions have a key of their own."""
    if packet.src_high != packet.dst_high:
        return bool(packet.src_high < packet.dst_high)
    if packet.src_low != packet.dst_low:
        return bool(packet.src_low < packet.dst_low)
    return keeps_order or packet.src_port <= packet.dst_port


@_kernel
def _tag_packets(
    packets: Any, begin: int, end: int, keeps_order: bool, tags: Any, seed: Any
) -> None:
    """Hashes of the packets' keys, ahead of the loop that needs them."""
    for j in range(begin, end):
        packet = packets[j]
        ends = (np.uint64(packet.ip_version) << np.uint64(8)) | np.uint64(packet.protocol)
        src_port, dst_port = np.uint64(packet.src_port), np.uint64(packet.dst_port)
        if _runs_from_a(packet, keeps_order):
            tags[j - begin] = _tag(
                packet.src_high,
                packet.src_low,
                packet.dst_high,
                packet.dst_low,
                (src_port << np.uint64(16)) | dst_port,
                ends,
                seed,
            )
        else:
            tags[j - begin] = _tag(
                packet.dst_high,
                packet.dst_low,
                packet.src_high,
                packet.src_low,
                (dst_port << np.uint64(16)) | src_port,
                ends,
                seed,
            )


@_kernel
def feed(
    packets: Any,
    begin: int,
    end: int,
    capture: int,
    rules: Any,
    strict: bool,
    flows: Any,
    bulks: Any,
    periods: Any,
    blank_flow: Any,
    slots: Any,
    free: Any,
    done: Any,
    wheel: Any,
    segments: Any,
    starts: Any,
    counts: Any,
    connection_tags: Any,
    free_connections: Any,
    recents: Any,
    pool: Any,
    free_chunks: Any,
    counter_rows: Any,
    tags: Any,
    seed: Any,
) -> int:
    """Meters packets[begin:end]; returns how far it came (less than `end`: make room).

    Args:
        packets: PACKET [n], in the order of the capture.
        capture: number of the file that they come from.
        rules: a row of `rules.RULES`.
        strict: exactly the Java tool; else rows leave by capture time and `self` is extended.
        flows, bulks, periods: FLOW, BULK, PERIODS [capacity].
        slots: SLOT [2^k], at least twice the capacity.
        free, done: int32 [capacity], stack of free indices and list of rows that ended.
        wheel: int32 [WHEEL], heads of the lists of flows to look at in that second.
        segments, starts, counts, connection_tags, free_connections: see `segments`.
        recents, pool, free_chunks: RECENT [capacity] and see `recent`.
        counter_rows: COUNTERS [1].
        tags: int64 [end - begin], scratch.
        seed: uint64, for the hash.
    """
    counters = counter_rows[0]
    mask = len(slots) - 1
    segment_mask = len(segments) - 1
    half_segments = len(segments) // 2
    keeps_order = strict and rules.canonical_key
    _tag_packets(packets, begin, end, keeps_order, tags, seed)
    for j in range(begin, end):
        if (
            counters.free_flows == 0
            or counters.free_chunks == 0
            or counters.segments >= half_segments
        ):
            return j
        if j + _SLOTS_AHEAD < end:
            ahead = tags[j + _SLOTS_AHEAD - begin]
            prefetch(slots, ahead & mask, 0)
            if rules.segments and strict:
                later = packets[j + _SLOTS_AHEAD]
                home = segment_home(later, _runs_from_a(later, keeps_order), ahead, segment_mask)
                prefetch(segments, home, 0)
        if j + _RECORDS_AHEAD < end:
            probably = slots[tags[j + _RECORDS_AHEAD - begin] & mask].flow
            if probably >= 0:
                for offset in range(0, _FLOW_BYTES, _LINE):
                    prefetch(flows, probably, offset)
                if rules.bulk != 0:
                    prefetch(bulks, probably, 0)
                    prefetch(bulks, probably, _LINE)
                if rules.segments and not strict:
                    for offset in range(0, _RECENT_BYTES, _LINE):
                        prefetch(recents, probably, offset)
        packet = packets[j]
        t = packet.time_us
        if not strict:
            if counters.started == 0:
                counters.started = 1
                counters.now_us = t
                counters.second = t // _SECOND
            elif t > counters.now_us:
                counters.now_us = t
                if t // _SECOND > counters.second:
                    sweep(
                        flows,
                        wheel,
                        slots,
                        done,
                        free,
                        recents,
                        free_chunks,
                        counters,
                        t // _SECOND,
                        rules,
                        seed,
                    )

        # Both ends in order; the packet's own direction is from a to b or the other way.
        same = packet.src_high == packet.dst_high and packet.src_low == packet.dst_low
        # cic-2018 orders no ports between equal addresses: two keys, two flows.
        from_a = _runs_from_a(packet, keeps_order)
        # Where neither address nor port tells the ends apart all packets are forward.
        one_way = same and (strict or packet.src_port == packet.dst_port)
        if from_a:
            a_high, a_low, a_port = packet.src_high, packet.src_low, packet.src_port
            b_high, b_low, b_port = packet.dst_high, packet.dst_low, packet.dst_port
        else:
            a_high, a_low, a_port = packet.dst_high, packet.dst_low, packet.dst_port
            b_high, b_low, b_port = packet.src_high, packet.src_low, packet.src_port
        tag = tags[j - begin]
        position = tag & mask
        index = np.int64(-1)
        while True:
            candidate = slots[position].flow
            if candidate < 0:
                break
            if slots[position].tag == tag:
                flow = flows[candidate]
                if (
                    flow.a_low == a_low
                    and flow.b_low == b_low
                    and flow.a_port == a_port
                    and flow.b_port == b_port
                    and flow.protocol == packet.protocol
                    and flow.a_high == a_high
                    and flow.b_high == b_high
                    and flow.ip_version == packet.ip_version
                ):
                    index = np.int64(candidate)
                    break
            position = (position + 1) & mask

        flags = packet.flags
        syn_ack = (flags & SYN) != 0 and (flags & ACK) != 0
        source_is_a = from_a
        if rules.syn_ack_reverses and syn_ack:
            source_is_a = not from_a
        key_names_a_first = source_is_a
        inherits = False  # source and destination of the flow before
        connection_us = np.int64(0)
        connection = np.int64(-1)
        history = np.uint16(0)

        if index >= 0:
            flow = flows[index]
            forward = from_a == flow.source_is_a or one_way
            ended = 0
            if not strict and counters.now_us - flow.seen_at_us > FLOW_TIMEOUT_US:
                ended = _BY_IDLE
            elif t - flow.start_us > FLOW_TIMEOUT_US:
                ended = _BY_TIMEOUT
            elif rules.life == LIFE_2018 or rules.life == LIFE_V4:
                if packet.icmp_type >= 0 and (
                    packet.icmp_type != flow.icmp_type and packet.icmp_code != flow.icmp_code
                ):
                    ended = _BY_ICMP
            elif flow.state == _READY and flags & SYN:
                ended = _BY_REOPENING
            elif (
                flags & (FIN | RST | ACK) == 0
                and packet.icmp_type >= 0
                and packet.icmp_type != flow.icmp_type
                and packet.icmp_code != flow.icmp_code
            ):
                ended = _BY_ICMP

            if ended == 0:
                flow.seen_at_us = counters.now_us
                if same and not forward:
                    flow.ext |= _SELF
                finishing = 0
                if rules.life == LIFE_2018:
                    if flags & FIN:
                        finishing = _BY_FIN
                    else:
                        touch(flow, periods[index], t)
                elif rules.life == LIFE_V4:
                    if flags & FIN:
                        if forward:
                            counted = np.int64(flow.fwd_fin)
                            if flow.first_forward:
                                counted -= flow.first_flags & FIN
                            if counted > 0:
                                counters.discarded += 1
                                continue
                            touch(flow, periods[index], t)
                        else:
                            finishing = _BY_FIN
                    elif flags & RST:
                        finishing = _BY_RST
                    else:
                        touch(flow, periods[index], t)
                else:
                    touch(flow, periods[index], t)
                add_packet(flow, bulks[index], periods[index], packet, forward, capture, rules)
                if rules.segments and packet.protocol == _TCP:
                    source = from_a and not same
                    if strict:
                        again = seen_before(
                            segments,
                            counters,
                            starts,
                            counts,
                            flow.connection,
                            tag,
                            packet,
                            source,
                        )
                    else:
                        again = sent_lately(
                            recents[index], pool, free_chunks, counters, packet, source
                        )
                    if again and forward:
                        flow.fwd_retransmissions += 1
                    elif again:
                        flow.bwd_retransmissions += 1
                if finishing != 0:
                    _remove_slot(slots, position)
                    counters.live -= 1
                    _finish(flows, wheel, done, free, counters, index, finishing, rules, strict)
                elif rules.life != LIFE_2018 and rules.life != LIFE_V4:
                    if flags & FIN:
                        if flow.state == _NONE:
                            flow.state = _F1
                        elif flow.state == _F1:
                            fwd_fins = np.int64(flow.fwd_fin)
                            bwd_fins = np.int64(flow.fin) - fwd_fins
                            if not rules.first_fin_counts and flow.first_flags & FIN:
                                if flow.first_forward:
                                    fwd_fins -= 1
                                else:
                                    bwd_fins -= 1
                            if fwd_fins > 0 and bwd_fins > 0:
                                flow.state = _F2
                    elif flags & RST or (flags & ACK and flow.state == _F2):
                        flow.state = _READY
                continue

            # The old flow ends here and a new one takes its key.
            fresh = True
            if ended == _BY_IDLE:
                pass
            elif rules.life == LIFE_2018 or rules.life == LIFE_V4:
                fresh = ended == _BY_ICMP
                key_names_a_first = flow.key_names_a_first
            else:
                key_names_a_first = flow.key_names_a_first
                if packet.protocol == _TCP:
                    fresh = (
                        flow.state == _READY
                        and (flags & SYN) != 0
                        and (rules.syn_ack_reopens or not syn_ack)
                    )
                elif packet.protocol == _UDP:
                    fresh = not rules.udp_continues or t - flow.end_us > FLOW_TIMEOUT_US
            _finish(flows, wheel, done, free, counters, index, ended, rules, strict)
            if fresh:
                _free_connection(flow, starts, counts, free_connections, counters)
                if rules.segments and not strict and packet.protocol == _TCP:
                    forget(recents[index], free_chunks, counters)
            else:
                inherits = True
                source_is_a = flow.source_is_a
                history = flow.history
                connection = np.int64(flow.connection)
                flow.connection = -1
                if rules.life != LIFE_2018 and rules.life != LIFE_V4:
                    connection_us = flow.connection_us + (t - flow.end_us)

        elif rules.canonical_key:
            # Lower byte by byte, bytes signed: 128 to 255 come first.
            flip = np.uint64(0x8080808080808080)
            a_first_high, b_first_high = a_high ^ flip, b_high ^ flip
            key_names_a_first = (
                same
                or a_first_high < b_first_high
                or (a_first_high == b_first_high and (a_low ^ flip) < (b_low ^ flip))
            )
        if index >= 0 and rules.canonical_key:
            key_names_a_first = flows[index].key_names_a_first

        counters.free_flows -= 1
        fresh_index = np.int64(free[counters.free_flows])
        if inherits and rules.segments and not strict and packet.protocol == _TCP:
            recents[fresh_index] = recents[index]
        flows[fresh_index] = blank_flow[0]
        flow = flows[fresh_index]
        flow.a_high, flow.a_low, flow.a_port = a_high, a_low, a_port
        flow.b_high, flow.b_low, flow.b_port = b_high, b_low, b_port
        flow.protocol = packet.protocol
        flow.ip_version = packet.ip_version
        flow.source_is_a = source_is_a
        flow.key_names_a_first = key_names_a_first
        flow.connection_us = connection_us
        flow.history = history
        flow.bwd_window = rules.no_window
        flow.seen_at_us = counters.now_us
        flow.inserted = counters.inserted
        counters.inserted += 1
        forward = from_a == source_is_a or one_way or (inherits and rules.first_is_forward)
        if same and not forward:
            flow.ext |= _SELF
        add_packet(flow, bulks[fresh_index], periods[fresh_index], packet, forward, capture, rules)
        flow.connection = connection
        if rules.segments and packet.protocol == _TCP:
            source = from_a and not same
            if strict:
                if connection < 0:
                    counters.free_connections -= 1
                    connection = np.int64(free_connections[counters.free_connections])
                    flow.connection = connection
                    connection_tags[connection] = tag
                again = seen_before(
                    segments, counters, starts, counts, connection, tag, packet, source
                )
            else:
                if not inherits:
                    begin_recent(recents[fresh_index])
                again = sent_lately(
                    recents[fresh_index], pool, free_chunks, counters, packet, source
                )
            if again and forward:
                flow.fwd_retransmissions += 1
            elif again:
                flow.bwd_retransmissions += 1
        slots[position].tag = tag
        slots[position].flow = fresh_index
        if index < 0:
            counters.live += 1
            counters.most_live = max(counters.most_live, counters.live)
        if not strict:
            _link(flows, wheel, fresh_index, _over_at(flow))
    return end
