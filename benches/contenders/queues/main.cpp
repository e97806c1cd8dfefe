// The contenders "boost-spsc", "readerwriterqueue" and "moodycamel". Called with "which", it says which were there when
// it was compiled.
#include "../common/pingpong.hpp"
#include "../common/stream.hpp"
#include "fabric.hpp"
#include "kinds.hpp"

template <size_t Words, bool Mixed, class Queue>
void run_queue(const workload_t &w) {
  Fabric<Queue> fabric(w);
  run_stream<Words>(
      w,
      [&](size_t p, Source<Words> &source) {
        Element<Words> elements[CHUNK];
        for (size_t i = 0; i < w.batch; i++) source.write(elements[i]);
        fabric.send(p, elements, w.batch);
      },
      [&](size_t) { fabric.close(); },
      [&](size_t me, tally_t &tally) {
        tally_t local = tally;
        while (fabric.receive(me, [&](const Element<Words> &element) { count<Words, Mixed>(local, element); })) {
        }
        tally = local;
      });
}

// One value at a time.
template <class Queue>
class Channel {
  Fabric<Queue> fabric;

 public:
  explicit Channel(const workload_t &w) : fabric(w) {}
  void send(uint64_t value) {
    Element<1> element = {{value}};
    fabric.send(0, &element, 1);
  }
  bool receive(uint64_t &value) {
    return fabric.receive(0, [&](const Element<1> &element) { value = element.words[0]; });
  }
  void close() { fabric.close(); }
};

template <template <class> class Queue>
void run(const workload_t &w) {
  if (is(w.shape, "pingpong")) {
    Channel<Queue<Element<1>>> pings(w), pongs(w);
    run_pingpong(w, pings, pongs);
  } else if (w.bytes == 8) {
    w.producers == 1 ? run_queue<1, false, Queue<Element<1>>>(w) : run_queue<1, true, Queue<Element<1>>>(w);
  } else if (w.bytes == 64) {
    run_queue<8, false, Queue<Element<8>>>(w);
  } else if (w.bytes == 256) {
    run_queue<32, false, Queue<Element<32>>>(w);
  } else {
    unsupported(&w);
  }
}

#if __has_include(<readerwriterqueue/readerwriterqueue.h>)
template <class Element>
using ReaderWriterSpins = ReaderWriter<Element, false>;
template <class Element>
using ReaderWriterBlocks = ReaderWriter<Element, true>;
#endif
#if __has_include(<concurrentqueue/blockingconcurrentqueue.h>)
template <class Element>
using MoodycamelSpins = Moodycamel<Element, false>;
template <class Element>
using MoodycamelBlocks = Moodycamel<Element, true>;
#endif

int main(int argc, char **argv) {
  workload_t w = workload_parse(argc, argv);
  bool which = is(w.contender, "which"), blocks = is(w.wait, "block");
  (void)which, (void)blocks;
#if __has_include(<boost/lockfree/spsc_queue.hpp>)
  if (which) puts("boost-spsc");
  if (is(w.contender, "boost-spsc")) return run<Boost>(w), 0;
#endif
#if __has_include(<readerwriterqueue/readerwriterqueue.h>)
  if (which) puts("readerwriterqueue");
  if (is(w.contender, "readerwriterqueue")) return blocks ? run<ReaderWriterBlocks>(w) : run<ReaderWriterSpins>(w), 0;
#endif
#if __has_include(<concurrentqueue/blockingconcurrentqueue.h>)
  if (which) puts("moodycamel");
  if (is(w.contender, "moodycamel")) return blocks ? run<MoodycamelBlocks>(w) : run<MoodycamelSpins>(w), 0;
#endif
  if (!which) unsupported(&w);
  return 0;
}
