// The contender "raw".
#include "pingpong.hpp"
#include "stream.hpp"

// One ring for each producer; everything is inlined.
template <size_t Words, class Wait>
class Rings {
  const workload_t &w;
  Wait wait;
  std::vector<std::unique_ptr<Ring<Element<Words>, Wait>>> rings;

  template <bool Mixed>
  void consume_as(size_t me, tally_t &tally) {
    tally_t local = tally;
    std::vector<size_t> behind = dependencies(w, me);
    std::vector<uint64_t> next(rings.size());
    for (;;) {
      bool got = false;
      for (size_t r = 0; r < rings.size(); r++) {
        auto &ring = *rings[r];
        got |= ring.poll(me, behind, next[r], [&](uint64_t first, uint64_t elements) {
          for (uint64_t i = 0; i < elements; i++) count<Words, Mixed>(local, ring.at(first + i));
        });
      }
      if (got) continue;
      bool over = false;
      wait.until([&] {
        size_t ended = 0;
        for (size_t r = 0; r < rings.size(); r++) {
          if (rings[r]->readable(behind, next[r])) return true;
          ended += rings[r]->over(next[r]);
        }
        return over = ended == rings.size();
      });
      if (over) break;
    }
    tally = local;
  }

 public:
  explicit Rings(const workload_t &w) : w(w) {
    for (size_t p = 0; p < w.producers; p++) {
      rings.push_back(std::make_unique<Ring<Element<Words>, Wait>>(w.capacity, w.consumers, wait));
      rings.back()->gating = last_ones(w);
    }
  }
  void produce(size_t p, size_t batch, Source<Words> &source) {
    rings[p]->produce(batch, [&](Element<Words> &slot, size_t) { source.write(slot); });
  }
  void close(size_t p) { rings[p]->close(); }
  void consume(size_t me, tally_t &tally) {
    w.producers == 1 ? consume_as<false>(me, tally) : consume_as<true>(me, tally);
  }
};

template <size_t Words, class Wait>
void run(const workload_t &w) {
  if (is(w.shape, "pingpong")) return pingpong<Wait>(w);
  Rings<Words, Wait> rings(w);
  run_stream<Words>(w, rings);
}

template <size_t Words>
void run(const workload_t &w) {
  if (is(w.wait, "spin")) return run<Words, Spin>(w);
  if (is(w.wait, "yield")) return run<Words, Yield>(w);
  if (is(w.wait, "block")) return run<Words, Block>(w);
  unsupported(&w);
}

int main(int argc, char **argv) {
  workload_t w = workload_parse(argc, argv);
  switch (w.bytes) {
    case 8: run<1>(w); break;
    case 64: run<8>(w); break;
    case 256: run<32>(w); break;
    default: unsupported(&w);
  }
}
