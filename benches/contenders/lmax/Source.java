/** What one producer publishes: see common/tally.h. */
final class Source {
  static final int MESSAGES = 31;

  private long next;
  private int row;
  private final long[][] table;

  Source(int producer, int words) {
    next = (long) producer << Tally.PRODUCER_SHIFT;
    table = words == 1 ? null : new long[MESSAGES][words];
    for (int i = 0; table != null && i < MESSAGES; i++) {
      for (int word = 0; word < words; word++) table[i][word] = messageWord(i, word);
    }
  }

  static long messageWord(long row, long word) {
    return (row + 1) * 0x9E3779B97F4A7C15L + word;
  }

  void write(Element element) {
    if (table == null) {
      element.value = next++;
    } else {
      System.arraycopy(table[row], 0, element.words, 0, element.words.length);
      row = row + 1 == MESSAGES ? 0 : row + 1;
    }
  }
}
