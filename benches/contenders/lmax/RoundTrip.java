import com.lmax.disruptor.EventHandler;
import com.lmax.disruptor.RingBuffer;
import com.lmax.disruptor.dsl.Disruptor;
import com.lmax.disruptor.dsl.ProducerType;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadFactory;

/** Round trips: two rings, and a consumer at the end of each that answers into the other one. */
final class RoundTrip {
  private static final int EXACT = 1 << 20;

  static void run(long milliseconds, boolean warm) throws Exception {
    if (warm) run(Math.min(milliseconds, 1000), false);
    Disruptor<Element> pings = ring(), pongs = ring();
    Tally there = new Tally(1, 1), back = new Tally(1, 1);
    long[] exact = new long[EXACT];
    TreeMap<Long, Long> longer = new TreeMap<>();
    CountDownLatch done = new CountDownLatch(1);
    long began = System.nanoTime(), deadline = began + milliseconds * 1_000_000;
    long[] sentAt = new long[1], trips = new long[1];
    RingBuffer<Element> to = pings.getRingBuffer(), from = pongs.getRingBuffer();
    pings.handleEventsWith((EventHandler<Element>) (element, sequence, end) -> {
      there.onEvent(element, sequence, end);
      send(from, element.value);
    });
    pongs.handleEventsWith((EventHandler<Element>) (element, sequence, end) -> {
      back.onEvent(element, sequence, end);
      trips[0]++;
      long now = System.nanoTime(), took = now - sentAt[0];
      if (took < EXACT) exact[(int) took]++;
      else longer.merge(took, 1L, Long::sum);
      if (now >= deadline) {
        done.countDown();
        return;
      }
      sentAt[0] = now;
      send(to, trips[0]);
    });
    pings.start();
    pongs.start();
    sentAt[0] = System.nanoTime();
    send(to, 0);
    done.await();
    long nanoseconds = System.nanoTime() - began;
    pings.shutdown();
    pongs.shutdown();
    if (!warm) return;
    StringBuilder answer = new StringBuilder();
    answer.append("nanoseconds ").append(nanoseconds).append("\nproducer ").append(trips[0]).append('\n');
    answer.append(there.answer()).append('\n').append(back.answer()).append('\n');
    for (int ns = 0; ns < EXACT; ns++) {
      if (exact[ns] > 0) answer.append("latency ").append(ns).append(' ').append(exact[ns]).append('\n');
    }
    longer.forEach((ns, n) -> answer.append("latency ").append(ns).append(' ').append(n).append('\n'));
    System.out.print(answer);
  }

  private static Disruptor<Element> ring() {
    return new Disruptor<>(() -> new Element(1), Lmax.number("capacity"), (ThreadFactory) Thread::new,
        ProducerType.SINGLE, Lmax.waitStrategy());
  }

  private static void send(RingBuffer<Element> ring, long value) {
    long sequence = ring.next();
    ring.get(sequence).value = value;
    ring.publish(sequence);
  }
}
