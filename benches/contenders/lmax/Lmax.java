/* The contender "lmax": the LMAX Disruptor on Java. A run that does not count comes first, for the compiler. */
import com.lmax.disruptor.BlockingWaitStrategy;
import com.lmax.disruptor.BusySpinWaitStrategy;
import com.lmax.disruptor.EventHandler;
import com.lmax.disruptor.RingBuffer;
import com.lmax.disruptor.WaitStrategy;
import com.lmax.disruptor.YieldingWaitStrategy;
import com.lmax.disruptor.dsl.Disruptor;
import com.lmax.disruptor.dsl.ProducerType;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ThreadFactory;

public final class Lmax {
  static final int CHUNK = 1000;
  static final Map<String, String> workload = new HashMap<>();

  static int number(String key) {
    return Integer.parseInt(workload.get(key));
  }

  static WaitStrategy waitStrategy() {
    switch (workload.get("wait")) {
      case "spin": return new BusySpinWaitStrategy();
      case "yield": return new YieldingWaitStrategy();
      default: return new BlockingWaitStrategy();
    }
  }

  /** What one run made and counted. */
  static final class Outcome {
    long nanoseconds;
    long[] made;
    Tally[] tallies;
  }

  static Disruptor<Element> connect(Tally[] tallies) {
    int producers = number("producers"), words = number("bytes") / 8;
    ProducerType type = producers == 1 ? ProducerType.SINGLE : ProducerType.MULTI;
    Disruptor<Element> disruptor = new Disruptor<>(
        () -> new Element(words), number("capacity"), (ThreadFactory) Thread::new, type, waitStrategy());
    for (int i = 0; i < tallies.length; i++) tallies[i] = new Tally(producers, words);
    switch (workload.get("shape")) {
      case "stream":
        disruptor.handleEventsWith((EventHandler<Element>[]) tallies);
        break;
      case "diamond":
        disruptor.handleEventsWith(tallies[0], tallies[1]).then(tallies[2]);
        break;
      default:
        disruptor.handleEventsWith(tallies[0]).then(tallies[1]).then(tallies[2]);
    }
    return disruptor;
  }

  static long produce(RingBuffer<Element> ring, int producer, int batch, long deadline) {
    Source source = new Source(producer, number("bytes") / 8);
    long made = 0;
    do {
      for (long end = made + CHUNK; made < end; made += batch) {
        long last = ring.next(batch);
        for (long sequence = last - batch + 1; sequence <= last; sequence++) source.write(ring.get(sequence));
        ring.publish(last - batch + 1, last);
      }
    } while (System.nanoTime() < deadline);
    return made;
  }

  static Outcome run(long milliseconds) throws Exception {
    Outcome outcome = new Outcome();
    outcome.tallies = new Tally[number("consumers")];
    Disruptor<Element> disruptor = connect(outcome.tallies);
    RingBuffer<Element> ring = disruptor.start();
    int producers = number("producers"), batch = number("batch");
    outcome.made = new long[producers];
    long began = System.nanoTime(), deadline = began + milliseconds * 1_000_000;
    Thread[] threads = new Thread[producers];
    for (int p = 0; p < producers; p++) {
      int producer = p;
      threads[p] = new Thread(() -> outcome.made[producer] = produce(ring, producer, batch, deadline));
      threads[p].start();
    }
    for (Thread thread : threads) thread.join();
    disruptor.shutdown(); // when everything is consumed
    outcome.nanoseconds = System.nanoTime() - began;
    return outcome;
  }

  public static void main(String[] arguments) throws Exception {
    for (int i = 1; i < arguments.length; i++) {
      String[] pair = arguments[i].split("=");
      workload.put(pair[0], pair[1]);
    }
    long milliseconds = number("milliseconds");
    if (workload.get("shape").equals("pingpong")) {
      RoundTrip.run(milliseconds, true);
      return;
    }
    run(Math.min(milliseconds, 1000));
    Outcome outcome = run(milliseconds);
    System.out.println("nanoseconds " + outcome.nanoseconds);
    for (long made : outcome.made) System.out.println("producer " + made);
    for (Tally tally : outcome.tallies) System.out.println(tally.answer());
  }
}
