/**
 * Reads a regular expression of a tag filter into a tree.
 *
 * Taken: literals, `.`, classes, \d \w \s and their opposites, ^ $, groups, (?:…), (?<name>…) and
 * (?P<name>…), alternatives, and * + ? {n} {n,} {n,m}, each with a `?` behind it for as few as
 * possible. All that cannot be run in linear time (backreferences, lookaround) is refused.
 */
export type Accepts = (letter: string) => boolean;

export type Part =
  | { kind: 'letter'; accepts: Accepts }
  | { kind: 'begin' | 'end' }
  | { kind: 'sequence' | 'choice'; parts: Part[] }
  | { kind: 'group'; number: number; part: Part }
  | { kind: 'repeat'; part: Part; least: number; most: number; isLazy: boolean };

export interface ParsedExpression {
  part: Part;
  /** Names of the groups, in the order of their opening; '' is one without a name. */
  names: string[];
  /** Why the text is no expression of ours: finishes a sentence that begins with it. '' if it is one. */
  flaw: string;
}

/** Groups inside each other, so that reading needs little stack. */
const MAX_DEPTH = 20;
const MAX_GROUPS = 10;
const CLASSES = new Map<string, Accepts>([
  ['d', (letter) => /\d/.test(letter)],
  ['D', (letter) => /\D/.test(letter)],
  ['w', (letter) => /\w/.test(letter)],
  ['W', (letter) => /\W/.test(letter)],
  ['s', (letter) => /\s/.test(letter)],
  ['S', (letter) => /\S/.test(letter)],
]);

/** Goes through the text once. After a flaw it stands at the end, and what it returns means nothing. */
class Reader {
  private readonly text: string;
  private at = 0;
  private depth = 0;
  readonly names: string[] = [];
  flaw = '';

  constructor(text: string) {
    this.text = text;
  }

  readAll(): Part {
    const part = this.readChoice();
    if (this.at < this.text.length) this.fail('closes a group that is not open');
    return part;
  }

  private readChoice(): Part {
    const parts = [this.readSequence()];
    while (this.take('|')) parts.push(this.readSequence());
    return { kind: 'choice', parts };
  }

  private readSequence(): Part {
    const parts: Part[] = [];
    while (this.at < this.text.length && !this.sees('|') && !this.sees(')')) {
      parts.push(this.readRepeat(this.readAtom()));
    }
    return { kind: 'sequence', parts };
  }

  private readRepeat(part: Part): Part {
    const times = this.readTimes();
    if (times === undefined) return part;
    if (part.kind === 'begin' || part.kind === 'end') this.fail('repeats ^ or $');
    const isLazy = this.take('?');
    if (this.readTimes() !== undefined) this.fail('repeats a repetition');
    return { kind: 'repeat', part, ...times, isLazy };
  }

  private readTimes(): { least: number; most: number } | undefined {
    if (this.take('*')) return { least: 0, most: Number.POSITIVE_INFINITY };
    if (this.take('+')) return { least: 1, most: Number.POSITIVE_INFINITY };
    if (this.take('?')) return { least: 0, most: 1 };
    const match = /^\{(\d{1,3})(,?)(\d{0,3})\}/.exec(this.text.slice(this.at));
    if (match === null) return undefined;
    const [all, from, comma, to] = match;
    this.at += all.length;
    const least = Number(from);
    if (comma === '') return { least, most: least };
    const most = to === '' ? Number.POSITIVE_INFINITY : Number(to);
    if (most < least) this.fail(`repeats from ${least} to ${most} times`);
    return { least, most };
  }

  private readAtom(): Part {
    const letter = this.next();
    switch (letter) {
      case '^':
        return { kind: 'begin' };
      case '$':
        return { kind: 'end' };
      case '.':
        return { kind: 'letter', accepts: () => true };
      case '(':
        return this.readGroup();
      case '[':
        return { kind: 'letter', accepts: this.readClass() };
      case '\\':
        return { kind: 'letter', accepts: this.readEscape() };
      case '*':
      case '+':
      case '?':
      case '{':
        this.fail(`has a ${letter} with nothing before it to repeat`);
        return { kind: 'begin' };
      default:
        return { kind: 'letter', accepts: (other) => other === letter };
    }
  }

  private readGroup(): Part {
    const open = /^\?(?::|P?<([A-Za-z_]\w{0,30})>)/.exec(this.text.slice(this.at));
    if (open === null && this.sees('?'))
      this.fail('has a group that begins with (? and is not known');
    const name = open?.[1] ?? '';
    const isCaptured = open === null || name !== '';
    if (name !== '' && this.names.includes(name)) this.fail(`names two groups ${name}`);
    const number = isCaptured ? this.names.push(name) : 0;
    if (number > MAX_GROUPS) this.fail(`has more than ${MAX_GROUPS} groups`);
    this.at += open === null ? 0 : open[0].length;
    const part = this.readInside();
    return isCaptured ? { kind: 'group', number, part } : part;
  }

  private readInside(): Part {
    this.depth += 1;
    if (this.depth > MAX_DEPTH) this.fail(`has more than ${MAX_DEPTH} groups inside each other`);
    const part = this.readChoice();
    if (!this.take(')')) this.fail('has a group that is not closed');
    this.depth -= 1;
    return part;
  }

  private readClass(): Accepts {
    const isNegated = this.take('^');
    const parts: Accepts[] = [];
    while (!this.take(']')) {
      if (this.at >= this.text.length) {
        this.fail('has a [ that is not closed');
        break;
      }
      parts.push(this.readRange());
    }
    return (letter) => parts.some((accepts) => accepts(letter)) !== isNegated;
  }

  private readRange(): Accepts {
    const first = this.next();
    if (first === '\\') return this.readEscape();
    if (!/^-[^\]]/.test(this.text.slice(this.at))) return (letter) => letter === first;
    this.at += 1;
    const last = this.next();
    if (last === '\\' || last < first) this.fail(`has a range from ${first} to ${last}`);
    return (letter) => letter >= first && letter <= last;
  }

  private readEscape(): Accepts {
    const escaped = this.next();
    const known = CLASSES.get(escaped);
    if (known !== undefined) return known;
    if (!/^[^A-Za-z0-9]$/.test(escaped)) this.fail(`has \\${escaped}, which is not known`);
    return (letter) => letter === escaped;
  }

  private next(): string {
    const letter = this.text.charAt(this.at);
    this.at += 1;
    return letter;
  }

  private sees(letter: string): boolean {
    return this.text.charAt(this.at) === letter;
  }

  private take(letter: string): boolean {
    const isThere = this.sees(letter);
    if (isThere) this.at += 1;
    return isThere;
  }

  private fail(flaw: string): void {
    this.flaw ||= flaw;
    this.at = this.text.length;
  }
}

export function parseExpression(text: string): ParsedExpression {
  const reader = new Reader(text);
  const part = reader.readAll();
  return { part, names: reader.names, flaw: reader.flaw };
}
