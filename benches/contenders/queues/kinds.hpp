// The queues of Debian's packages, each as far as it is installed. They all offer:
//   push(elements, count)   how many went in, without waiting
//   pop(take)               hands what is there to `take`, and says whether that was something; if `BLOCKS`, waits for it
#pragma once
#include "../common/workload.h"

// A millisecond, in microseconds: a consumer that sleeps looks so often whether it is the end.
constexpr int64_t LOOK = 1000;

#if __has_include(<boost/lockfree/spsc_queue.hpp>)
#include <boost/lockfree/spsc_queue.hpp>

template <class Element>
class Boost {
  boost::lockfree::spsc_queue<Element> queue;

 public:
  static constexpr bool MANY_SENDERS = false, BLOCKS = false;
  explicit Boost(const workload_t &w) : queue(w.capacity) {}
  size_t push(size_t, const Element *elements, size_t count) {
    return count == 1 ? size_t(queue.push(*elements)) : queue.push(elements, count);
  }
  template <class Take>
  bool pop(Take take) {
    return queue.consume_all(take) > 0;
  }
};
#endif

#if __has_include(<readerwriterqueue/readerwriterqueue.h>)
#include <readerwriterqueue/readerwriterqueue.h>

template <class Element, bool Blocking>
class ReaderWriter {
  std::conditional_t<Blocking, moodycamel::BlockingReaderWriterQueue<Element>, moodycamel::ReaderWriterQueue<Element>>
      queue;

 public:
  static constexpr bool MANY_SENDERS = false, BLOCKS = Blocking;
  explicit ReaderWriter(const workload_t &w) : queue(w.capacity) {}
  size_t push(size_t, const Element *elements, size_t) { return queue.try_enqueue(*elements); }
  template <class Take>
  bool pop(Take take) {
    Element element;
    bool got;
    if constexpr (Blocking) {
      got = queue.wait_dequeue_timed(element, LOOK);
    } else {
      got = queue.try_dequeue(element);
    }
    if (got) take(element);
    return got;
  }
};
#endif

#if __has_include(<concurrentqueue/blockingconcurrentqueue.h>)
#include <concurrentqueue/blockingconcurrentqueue.h>

#include <vector>

template <class Element, bool Blocking>
class Moodycamel {
  using Queue =
      std::conditional_t<Blocking, moodycamel::BlockingConcurrentQueue<Element>, moodycamel::ConcurrentQueue<Element>>;
  const size_t capacity;
  Queue queue;
  std::vector<moodycamel::ProducerToken> producers; /* faster with one for each thread */
  moodycamel::ConsumerToken consumer;

 public:
  static constexpr bool MANY_SENDERS = true, BLOCKS = Blocking;
  explicit Moodycamel(const workload_t &w) : capacity(w.capacity), queue(w.capacity, w.producers, 0), consumer(queue) {
    for (size_t i = 0; i < w.producers; i++) producers.emplace_back(queue);
  }
  size_t push(size_t producer, const Element *elements, size_t count) {
    auto &token = producers[producer];
    bool done = count == 1 ? queue.try_enqueue(token, *elements) : queue.try_enqueue_bulk(token, elements, count);
    /* A producer keeps the blocks that it once had, so there may be none for this one: then it gets a new one. */
    if (!done && queue.size_approx() < capacity) done = queue.enqueue_bulk(token, elements, count);
    return done ? count : 0;
  }
  template <class Take>
  bool pop(Take take) {
    Element elements[256];
    size_t count;
    if constexpr (Blocking) {
      count = queue.wait_dequeue_bulk_timed(consumer, elements, 256, LOOK);
    } else {
      count = queue.try_dequeue_bulk(consumer, elements, 256);
    }
    for (size_t i = 0; i < count; i++) take(elements[i]);
    return count > 0;
  }
};
#endif
