/** What is in a slot: a value, or a message of several words. */
final class Element {
  long value;
  final long[] words;

  Element(int words) {
    this.words = words == 1 ? null : new long[words];
  }
}
