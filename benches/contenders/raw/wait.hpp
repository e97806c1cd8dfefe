// How a thread of the raw ring waits: spin, yield, or block on a futex after ten yields.
#pragma once
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>

#include "../common/workload.h"

inline void pause_cpu() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

struct Spin {
  template <class Ready>
  void until(Ready ready) {
    while (!ready()) pause_cpu();
  }
  void notify() {}
};

struct Yield {
  template <class Ready>
  void until(Ready ready) {
    for (int i = 0; i < 100; i++) {
      if (ready()) return;
      pause_cpu();
    }
    while (!ready()) sched_yield();
  }
  void notify() {}
};

// An event count: a waiter announces itself, looks again, then sleeps; who changes something looks for waiters behind
// a fence.
class Block {
  alignas(128) std::atomic<uint32_t> waiters{0};
  std::atomic<uint32_t> epoch{0};

 public:
  template <class Ready>
  void until(Ready ready) {
    for (int i = 0; i < 10; i++) {
      if (ready()) return;
      sched_yield();
    }
    waiters.fetch_add(1);
    for (;;) {
      uint32_t seen = epoch.load();
      if (ready()) break;
      syscall(SYS_futex, &epoch, FUTEX_WAIT_PRIVATE, seen, nullptr, nullptr, 0);
    }
    waiters.fetch_sub(1);
  }
  void notify() {
    std::atomic_thread_fence(std::memory_order_seq_cst);
    if (waiters.load(std::memory_order_relaxed) == 0) return;
    epoch.fetch_add(1);
    syscall(SYS_futex, &epoch, FUTEX_WAKE_PRIVATE, INT32_MAX, nullptr, nullptr, 0);
  }
};
