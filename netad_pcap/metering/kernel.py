"""The rule book: which flow a packet belongs to, and when that flow ends.

One loop over packets for all profiles (`rules.RULES`, cicflowmeter.md 3 and 4, `kdd.life`).
State lies in arrays that the caller keeps (`table.FlowTable`), so cutting the input
anywhere changes nothing. The loop returns early when an array is full; the caller
makes room and enters again.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numba import njit

from netad_pcap.metering.ending import (
    BY_IDLE,
    begins_behind_eviction,
    detach,
    evict,
    finish,
    free_connection,
    link,
    note_change,
    over_at,
    sweep,
)
from netad_pcap.metering.extensions import EXTENSIONS
from netad_pcap.metering.kdd.life import follow_acknowledgments
from netad_pcap.metering.keys import lower_in_signed_bytes, remove_slot, runs_from_a, tag_packets
from netad_pcap.metering.life import DROPPED, begins_afresh, follow_closing, why_last, why_over
from netad_pcap.metering.prefetch import prefetch
from netad_pcap.metering.recent import begin as begin_recent
from netad_pcap.metering.recent import forget, sent_lately
from netad_pcap.metering.records import FLOW, RECENT, WAY, OpenFlows
from netad_pcap.metering.rules import ALL_PROFILES, LIFE_FORK, LIFE_KDD, Rules
from netad_pcap.metering.segments import seen_before, segment_home
from netad_pcap.metering.statistics import ACK, SYN, add_packet, touch

__all__ = ["feed_for"]

_ICMP, _TCP, _UDP, _ICMP6 = 1, 6, 17, 58
_SELF, _EVICTED = EXTENSIONS["self"].bit, EXTENSIONS["evicted"].bit
_SECOND = 1_000_000
#: How many packets ahead slots and records are asked for, and the bytes of a cache line.
_SLOTS_AHEAD, _RECORDS_AHEAD = 16, 8
_LINE = 64
_FLOW_BYTES, _WAY_BYTES, _RECENT_BYTES = FLOW.itemsize, WAY.itemsize, RECENT.itemsize

_kernel = njit(cache=True, error_model="numpy")


@cache
def feed_for(rules: Rules, strict: bool) -> Any:
    """The kernel of one profile: what is constant to the compiler costs a sixth less.

    Args:
        rules: a row of `rules.RULES`.
        strict: exactly the Java tool; else rows leave by capture time and `self` is extended.
    """

    def feed(
        packets: Any,
        begin: int,
        end: int,
        capture: int,
        max_flows: int,
        flows: Any,
        ways: Any,
        bulks: Any,
        periods: Any,
        blank_flow: Any,
        blank_ways: Any,
        slots: Any,
        free: Any,
        done: Any,
        wheel: Any,
        changed: Any,
        evictions: Any,
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
            max_flows: most flows open at once; the one silent longest is evicted (not if strict).
            flows, periods: FLOW and PERIODS [capacity].
            ways, bulks: WAY and BULK [2 * capacity], forward and backward of each flow.
            slots: SLOT [2^k], at least twice the capacity.
            free, done: int32 [capacity], stack of free indices and list of rows that ended.
            wheel: WHEEL [SECONDS], the lists of flows to look at in that second.
            changed: int32 [capacity], flows that changed in this second; [0]: nobody asks.
            evictions: int64 [2^k], by hash of the key the second of the last eviction.
            segments, starts, counts, connection_tags, free_connections: see `segments`.
            recents, pool, free_chunks: RECENT [capacity] and see `recent`.
            counter_rows: COUNTERS [1].
            tags: int64 [end - begin], scratch; filled with the record of each packet's flow, −1
                where it has none.
            seed: uint64, for the hash.
        """
        counters = counter_rows[0]
        mask = len(slots) - 1
        half_segments = len(segments) // 2
        keeps_order = strict and rules.canonical_key
        tells_open = len(changed) > 0
        open_flows = OpenFlows(
            flows, ways, bulks, periods, wheel, changed, slots, done, free, recents, free_chunks
        )
        tag_packets(packets, begin, end, keeps_order, tags, seed)
        for j in range(begin, end):
            if (
                counters.free_flows <= counters.changed
                or counters.free_chunks == 0
                or counters.segments >= half_segments
            ):
                return j
            if j + _SLOTS_AHEAD < end:
                ahead = tags[j + _SLOTS_AHEAD - begin]
                prefetch(slots, ahead & mask, 0)
                if rules.segments and strict:
                    later = packets[j + _SLOTS_AHEAD]
                    ordered = runs_from_a(later, keeps_order)
                    home = segment_home(later, ordered, ahead, seed, segments)
                    prefetch(segments, home, 0)
            if j + _RECORDS_AHEAD < end:
                probably = slots[tags[j + _RECORDS_AHEAD - begin] & mask].flow
                if probably >= 0:
                    for offset in range(0, _FLOW_BYTES, _LINE):
                        prefetch(flows, probably, offset)
                    for offset in range(0, 2 * _WAY_BYTES, _LINE):
                        prefetch(ways, 2 * probably, offset)
                    if rules.bulk != 0:
                        prefetch(bulks, 2 * probably, 0)
                        prefetch(bulks, 2 * probably, _LINE)
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
                        sweep(open_flows, counters, t // _SECOND, rules, seed)

            if rules.life == LIFE_KDD:
                number = packet.protocol
                if number != _TCP and number != _UDP and number != _ICMP and number != _ICMP6:
                    counters.discarded += 1
                    tags[j - begin] = -1
                    continue

            # Both ends in order; the packet's own direction is from a to b or the other way.
            same = packet.src_high == packet.dst_high and packet.src_low == packet.dst_low
            # cic-2018 orders no ports between equal addresses: two keys, two flows.
            from_a = runs_from_a(packet, keeps_order)
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
            source_is_a = from_a != (rules.syn_ack_reverses and syn_ack)
            key_names_a_first = source_is_a
            inherits = False  # source and destination of the flow before
            connection_us, connection = np.int64(0), np.int64(-1)
            history = np.uint16(0)
            behind_eviction = False

            if index >= 0:
                flow = flows[index]
                forward = from_a == flow.source_is_a or one_way
                ended = why_over(flow, packet, counters.now_us, rules, strict)
                if ended == 0:
                    tags[j - begin] = index
                    flow.seen_at_us = counters.now_us
                    if tells_open:
                        note_change(flow, changed, index, counters)
                    if same and not forward:
                        flow.ext |= _SELF
                    fwd, bwd = ways[2 * index], ways[2 * index + 1]
                    finishing = why_last(flow, fwd, packet, forward, rules)
                    if finishing == DROPPED:
                        counters.discarded += 1
                        continue
                    if finishing == 0:
                        touch(flow, periods[index], t)
                    way = fwd if forward else bwd
                    add_packet(
                        flow,
                        way,
                        bulks[2 * index],
                        bulks[2 * index + 1],
                        periods[index],
                        packet,
                        forward,
                        capture,
                        rules,
                    )
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
                                seed,
                            )
                        else:
                            again = sent_lately(
                                recents[index], pool, free_chunks, counters, packet, source
                            )
                        if again:
                            way.retransmissions += 1
                    if finishing != 0:
                        remove_slot(slots, position)
                        counters.live -= 1
                        finish(
                            flows,
                            wheel,
                            changed,
                            done,
                            free,
                            counters,
                            index,
                            finishing,
                            rules,
                            strict,
                        )
                    elif rules.life == LIFE_FORK:
                        follow_closing(flow, fwd, bwd, flags, rules)
                    elif rules.life == LIFE_KDD:
                        follow_acknowledgments(flow, fwd, bwd, packet, forward)
                    continue

                # The old flow ends here and a new one takes its key.
                fresh = begins_afresh(flow, packet, ended, rules)
                if ended != BY_IDLE or rules.canonical_key:
                    key_names_a_first = flow.key_names_a_first
                behind_eviction = ended != BY_IDLE and (flow.ext & _EVICTED) != 0
                if rules.life == LIFE_KDD:
                    detach(flows, wheel, counters, index, ended, rules)
                    counters.live += 1
                else:
                    finish(flows, wheel, changed, done, free, counters, index, ended, rules, strict)
                if fresh:
                    free_connection(flow, starts, counts, free_connections, counters)
                    if rules.segments and not strict and packet.protocol == _TCP:
                        forget(recents[index], free_chunks, counters)
                else:
                    inherits = True
                    source_is_a = flow.source_is_a
                    history = flow.history
                    connection = np.int64(flow.connection)
                    flow.connection = -1
                    if rules.life == LIFE_FORK:
                        connection_us = flow.connection_us + (t - flow.end_us)

            elif rules.canonical_key:
                key_names_a_first = same or lower_in_signed_bytes(a_high, a_low, b_high, b_low)

            counters.free_flows -= 1
            fresh_index = np.int64(free[counters.free_flows])
            tags[j - begin] = fresh_index
            if inherits and rules.segments and not strict and packet.protocol == _TCP:
                recents[fresh_index] = recents[index]
            flows[fresh_index] = blank_flow[0]
            ways[2 * fresh_index] = blank_ways[0]
            ways[2 * fresh_index + 1] = blank_ways[1]
            flow = flows[fresh_index]
            flow.a_high, flow.a_low, flow.a_port = a_high, a_low, a_port
            flow.b_high, flow.b_low, flow.b_port = b_high, b_low, b_port
            flow.protocol, flow.ip_version = packet.protocol, packet.ip_version
            flow.source_is_a = source_is_a
            flow.key_names_a_first = key_names_a_first
            flow.connection_us, flow.history = connection_us, history
            flow.seen_at_us = counters.now_us
            flow.inserted = counters.inserted
            counters.inserted += 1
            if index < 0 and counters.evicted > 0:
                behind_eviction = begins_behind_eviction(flow, evictions, counters)
            if behind_eviction:
                flow.ext |= _EVICTED
            forward = from_a == source_is_a or one_way or (inherits and rules.first_is_forward)
            if same and not forward:
                flow.ext |= _SELF
            way = ways[2 * fresh_index + np.int64(not forward)]
            add_packet(
                flow,
                way,
                bulks[2 * fresh_index],
                bulks[2 * fresh_index + 1],
                periods[fresh_index],
                packet,
                forward,
                capture,
                rules,
            )
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
                        segments, counters, starts, counts, connection, tag, packet, source, seed
                    )
                else:
                    if not inherits:
                        begin_recent(recents[fresh_index])
                    again = sent_lately(
                        recents[fresh_index], pool, free_chunks, counters, packet, source
                    )
                if again:
                    way.retransmissions += 1
            slots[position].tag = tag
            slots[position].flow = fresh_index
            if index < 0:
                counters.live += 1
                counters.most_live = max(counters.most_live, counters.live)
            if not strict:
                link(flows, wheel, fresh_index, over_at(flow, rules))
                if tells_open:
                    note_change(flow, changed, fresh_index, counters)
                if counters.live > max_flows:
                    evict(open_flows, counters, evictions, rules, seed)
        return end

    # The name under which numba keeps it.
    feed.__qualname__ = f"feed_{ALL_PROFILES[rules.code]}{'_strict' * strict}"
    return _kernel(feed)
