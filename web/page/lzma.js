// Unpacks LZMA (the `.lzma` container, as xz and Python's `lzma` write it), after Igor Pavlov's specification. It packs the engine
// a third smaller than gzip, which is all that browsers unpack by themselves.

// How many values a state or a length has, and how probabilities are laid out, one array each.
const STATES = 12;
const LITERAL = 0x300;
const [ALIGN_BITS, DISTANCE_SLOTS, FULL_DISTANCES] = [4, 64, 128];

const probabilities = (count) => new Uint16Array(count).fill(1024);

// Reads bits, each as likely as those before it in the same place.
class Bits {
  constructor(bytes, at) {
    this.bytes = bytes;
    // The first byte says nothing.
    this.at = at + 5;
    // What is left of the range, and where in it the text lies.
    this.now = Uint32Array.of(0xffffffff, new DataView(bytes.buffer, bytes.byteOffset).getUint32(at + 1));
  }

  bit(probabilities, index) {
    const { now } = this;
    const probability = probabilities[index];
    const bound = (now[0] >>> 11) * probability;
    const bit = now[1] >>> 0 < bound ? 0 : 1;
    if (bit === 0) {
      now[0] = bound;
      probabilities[index] = probability + ((2048 - probability) >> 5);
    } else {
      now[0] -= bound;
      now[1] -= bound;
      probabilities[index] = probability - (probability >> 5);
    }
    if (now[0] < 0x1000000) this.more();
    return bit;
  }

  more() {
    this.now[0] <<= 8;
    this.now[1] = (this.now[1] << 8) | this.bytes[this.at++];
  }

  // Bits that are as likely as not.
  direct(count) {
    let value = 0;
    for (; count > 0; count--) {
      this.now[0] >>>= 1;
      const bit = this.now[1] >= this.now[0] ? 1 : 0;
      if (bit) this.now[1] -= this.now[0];
      if (this.now[0] < 0x1000000) this.more();
      value = value * 2 + bit;
    }
    return value;
  }

  // A number, its highest bit first.
  tree(probabilities, count, from = 0) {
    let node = 1;
    for (let left = count; left > 0; left--) node = node * 2 + this.bit(probabilities, from + node);
    return node - (1 << count);
  }

  // A number, its lowest bit first.
  reverse(probabilities, count, from = 0) {
    let [node, value] = [1, 0];
    for (let place = 0; place < count; place++) {
      const bit = this.bit(probabilities, from + node);
      node = node * 2 + bit;
      value |= bit << place;
    }
    return value;
  }
}

class Lengths {
  choice = probabilities(2);
  low = probabilities(16 << 3);
  middle = probabilities(16 << 3);
  high = probabilities(256);

  read(bits, position) {
    if (!bits.bit(this.choice, 0)) return 2 + bits.tree(this.low, 3, position << 3);
    if (!bits.bit(this.choice, 1)) return 10 + bits.tree(this.middle, 3, position << 3);
    return 18 + bits.tree(this.high, 8);
  }
}

export function unpack(packed) {
  const header = new DataView(packed.buffer, packed.byteOffset);
  const [lc, lp, pb] = [packed[0] % 9, Math.floor(packed[0] / 9) % 5, Math.floor(packed[0] / 45)];
  const out = new Uint8Array(header.getUint32(5, true));
  const bits = new Bits(packed, 13);
  const literals = probabilities(LITERAL << (lc + lp));
  const [isMatch, isRepeatedLong] = [probabilities(STATES << 4), probabilities(STATES << 4)];
  const [isRepeated, isFirst, isSecond, isThird] = [0, 0, 0, 0].map(() => probabilities(STATES));
  const [lengths, repeatedLengths] = [new Lengths(), new Lengths()];
  const slots = probabilities(4 * DISTANCE_SLOTS);
  const distances = probabilities(1 + FULL_DISTANCES);
  const align = probabilities(1 << ALIGN_BITS);
  let [first, second, third, fourth] = [0, 0, 0, 0];
  let state = 0;
  let at = 0;
  while (at < out.length) {
    const position = at & ((1 << pb) - 1);
    if (!bits.bit(isMatch, (state << 4) + position)) {
      const context = ((at & ((1 << lp) - 1)) << lc) + ((at ? out[at - 1] : 0) >> (8 - lc));
      const from = LITERAL * context;
      let symbol = 1;
      if (state >= 7) {
        // It differs from the byte where the last match would go on.
        let other = out[at - first - 1];
        do {
          const expected = (other >> 7) & 1;
          other <<= 1;
          const bit = bits.bit(literals, from + ((1 + expected) << 8) + symbol);
          symbol = symbol * 2 + bit;
          if (bit !== expected) break;
        } while (symbol < 0x100);
      }
      while (symbol < 0x100) symbol = symbol * 2 + bits.bit(literals, from + symbol);
      out[at++] = symbol;
      state = state < 4 ? 0 : state < 10 ? state - 3 : state - 6;
      continue;
    }
    let length;
    if (bits.bit(isRepeated, state)) {
      if (!bits.bit(isFirst, state)) {
        if (!bits.bit(isRepeatedLong, (state << 4) + position)) {
          state = state < 7 ? 9 : 11;
          out[at] = out[at - first - 1];
          at++;
          continue;
        }
      } else if (!bits.bit(isSecond, state)) {
        [first, second] = [second, first];
      } else if (!bits.bit(isThird, state)) {
        [first, second, third] = [third, first, second];
      } else {
        [first, second, third, fourth] = [fourth, first, second, third];
      }
      length = repeatedLengths.read(bits, position);
      state = state < 7 ? 8 : 11;
    } else {
      [second, third, fourth] = [first, second, third];
      length = lengths.read(bits, position);
      state = state < 7 ? 7 : 10;
      const slot = bits.tree(slots, 6, DISTANCE_SLOTS * Math.min(length - 2, 3));
      first = slot;
      if (slot >= 4) {
        const low = (slot >> 1) - 1;
        first = (2 | (slot & 1)) * 2 ** low;
        first += slot < 14 ? bits.reverse(distances, low, first - slot) : bits.direct(low - ALIGN_BITS) * 16 + bits.reverse(align, ALIGN_BITS);
      }
    }
    if (first >= at) throw new Error("the engine is damaged");
    const from = at - first - 1;
    for (let copied = 0; copied < length; copied++) out[at + copied] = out[from + copied];
    at += length;
  }
  return out;
}
