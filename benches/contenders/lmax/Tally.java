import com.lmax.disruptor.EventHandler;

/** What a consumer does with each element: see common/tally.h. */
final class Tally implements EventHandler<Element> {
  static final int PRODUCER_SHIFT = 48;

  private final boolean mixed, messages;
  private final long[] due;
  private long count, sum, disorder, next;

  Tally(int producers, int words) {
    mixed = producers > 1;
    messages = words > 1;
    due = new long[producers];
    for (int p = 0; p < producers; p++) due[p] = (long) p << PRODUCER_SHIFT;
  }

  @Override
  public void onEvent(Element element, long sequence, boolean endOfBatch) {
    count++;
    if (messages) {
      message(element.words);
    } else {
      value(element.value);
    }
  }

  void value(long value) {
    if (!mixed) {
      disorder |= value ^ next;
    } else if (value != next) {
      due[(int) (next >>> PRODUCER_SHIFT)] = next;
      disorder |= value ^ due[(int) (value >>> PRODUCER_SHIFT)];
      next = value;
    }
    sum += value;
    next++;
  }

  private void message(long[] words) {
    long total = 0;
    for (long word : words) total += word;
    disorder |= words[0] ^ Source.messageWord(next, 0);
    sum += total;
    next = next + 1 == Source.MESSAGES ? 0 : next + 1;
  }

  String answer() {
    return "consumer " + count + " " + Long.toUnsignedString(sum) + " " + Long.toUnsignedString(disorder);
  }
}
