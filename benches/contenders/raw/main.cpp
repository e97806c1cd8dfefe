// The contenders "raw" and "raw-abi".
#include "../common/pingpong.hpp"
#include "../common/stream.hpp"
#include "abi.h"
#include "channel.hpp"
#include "rings.hpp"

// Everything is inlined.
template <size_t Words, bool Mixed, class Wait>
void run_inlined(const workload_t &w) {
  Rings<Element<Words>, Wait> rings(w);
  run_stream<Words>(
      w,
      [&](size_t p, Source<Words> &source) {
        rings.of(p).produce(w.batch, [&](Element<Words> &slot, size_t) { source.write(slot); });
      },
      [&](size_t p) { rings.of(p).close(); },
      [&](size_t me, tally_t &tally) {
        tally_t local = tally;
        rings.consume(me, [&](auto &ring, uint64_t first, uint64_t elements) {
          for (uint64_t i = 0; i < elements; i++) count<Words, Mixed>(local, ring.at(first + i));
        });
        tally = local;
      });
}

template <size_t Words, bool Mixed>
void on_batch(void *user_data, const raw_slice_t *slices, size_t elements) {
  tally_t &tally = *static_cast<tally_t *>(user_data);
  for (size_t i = 0; i < elements; i++) {
    count<Words, Mixed>(tally, *reinterpret_cast<const Element<Words> *>(slices[i].data));
  }
}

// Everything goes through the other shared object.
template <size_t Words, bool Mixed>
void run_abi(const workload_t &w) {
  raw_abi_t *rings = raw_abi_create(&w);
  run_stream<Words>(
      w,
      [&](size_t p, Source<Words> &source) {
        Element<Words> elements[CHUNK];
        raw_slice_t slices[CHUNK];
        for (size_t i = 0; i < w.batch; i++) {
          source.write(elements[i]);
          slices[i] = {reinterpret_cast<const uint8_t *>(&elements[i]), sizeof elements[i]};
        }
        raw_abi_produce(rings, p, slices, w.batch);
      },
      [&](size_t p) { raw_abi_close(rings, p); },
      [&](size_t me, tally_t &tally) { raw_abi_consume(rings, me, on_batch<Words, Mixed>, &tally); });
}

template <size_t Words, bool Mixed>
void run(const workload_t &w) {
  if (is(w.contender, "raw-abi")) return run_abi<Words, Mixed>(w);
  if (is(w.wait, "spin")) return run_inlined<Words, Mixed, Spin>(w);
  if (is(w.wait, "yield")) return run_inlined<Words, Mixed, Yield>(w);
  return run_inlined<Words, Mixed, Block>(w);
}

template <class Wait>
void round_trips(const workload_t &w) {
  Channel<Wait> pings(w), pongs(w);
  run_pingpong(w, pings, pongs);
}

int main(int argc, char **argv) {
  workload_t w = workload_parse(argc, argv);
  if (is(w.shape, "pingpong")) {
    is(w.wait, "spin") ? round_trips<Spin>(w) : round_trips<Block>(w);
  } else if (w.bytes == 8) {
    w.producers == 1 ? run<1, false>(w) : run<1, true>(w);
  } else if (w.bytes == 64) {
    run<8, false>(w);
  } else if (w.bytes == 256) {
    run<32, false>(w);
  } else {
    unsupported(&w);
  }
}
