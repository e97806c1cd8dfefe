// Round trips between two threads.
#pragma once
#include <thread>

#include "latency.h"
#include "tally.h"

// A channel has `send(value)`, `receive(value)`, which waits and is false at the end, and `close()`.
template <class Channel>
void run_pingpong(const workload_t &w, Channel &pings, Channel &pongs) {
  tally_t there, back;
  tally_init(&there);
  tally_init(&back);
  std::thread echo([&] {
    pin_if(w.pinned, 1);
    uint64_t value = 0;
    while (pings.receive(value)) {
      tally_value(&there, value);
      pongs.send(value);
    }
  });
  pin_if(w.pinned, 0);
  latency_t *latency = latency_make();
  uint64_t began = now_ns(), sent_at = began, deadline = began + w.milliseconds * 1000000u;
  do {
    uint64_t value = 0;
    pings.send(back.next);
    if (!pongs.receive(value)) fail("the echo has gone");
    tally_value(&back, value);
    uint64_t now = now_ns();
    latency_record(latency, now - sent_at);
    sent_at = now;
  } while (sent_at < deadline);
  pings.close();
  echo.join();
  answer_time(now_ns() - began);
  answer_producer(back.count);
  answer_consumer(&there);
  answer_consumer(&back);
  answer_latency(latency);
}
