/**
 * Tokens of DynamoDB's expressions, and the reader that all three grammars (conditions, updates,
 * projections) go through.
 *
 * A syntax error ends the reading. A flaw does not: DynamoDB reads the whole expression first and
 * then names the gravest flaw, in the order of FLAW_RANKS, not the first one in the text.
 */
import type { ServiceError } from '../service-error.ts';
import type { UnboundPath } from './expression-tree.ts';
import { invalid } from './refusal.ts';
import { isReservedWord } from './reserved-words.ts';

export type ExpressionKind =
  | 'ConditionExpression'
  | 'FilterExpression'
  | 'KeyConditionExpression'
  | 'ProjectionExpression'
  | 'UpdateExpression';

type TokenKind = 'word' | 'keyword' | 'alias' | 'value' | 'digits' | 'symbol' | 'end' | 'stray';

export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

const TOKEN_PATTERN =
  /[ \t\r\n]*(?:([A-Za-z][A-Za-z0-9_]*)|(#[A-Za-z0-9_]+)|(:[A-Za-z0-9_]+)|(0|[1-9][0-9]*)|(<>|<=|>=|[()[\],.=<>+-])|($)|([\s\S]))/y;
const GROUP_KINDS = ['word', 'alias', 'value', 'digits', 'symbol', 'end', 'stray'] as const;
const KEYWORDS = new Set(['AND', 'OR', 'NOT', 'BETWEEN', 'IN', 'SET', 'REMOVE', 'ADD', 'DELETE']);

const FLAW_RANKS = ['parentheses', 'function', 'misuse', 'reserved', 'section'] as const;
type FlawRank = (typeof FLAW_RANKS)[number];

/** "Expression parameters", Service quotas. */
const MAX_EXPRESSION_BYTES = 4096;
const MAX_OPERATORS = 300;
const MAX_LIST_INDEX = 2 ** 31 - 1;

export class ExpressionReader {
  readonly kind: ExpressionKind;
  readonly #text: string;
  readonly #tokens: readonly Token[];
  readonly #flaws = new Map<FlawRank, string>();
  #position = 0;
  #operators = 0;

  constructor(kind: ExpressionKind, text: string) {
    this.kind = kind;
    this.#text = text;
    if (text === '') throw this.refusal('The expression can not be empty;');
    const bytes = Buffer.byteLength(text);
    if (bytes > MAX_EXPRESSION_BYTES) {
      throw this.refusal(
        `Expression size has exceeded the maximum allowed size; expression size: ${bytes}`,
      );
    }
    this.#tokens = tokenize(text);
  }

  refusal(detail: string): ServiceError {
    return invalid(`Invalid ${this.kind}: ${detail}`);
  }

  get token(): Token {
    return this.#at(this.#position);
  }

  get following(): Token {
    return this.#at(this.#position + 1);
  }

  #at(position: number): Token {
    const token = this.#tokens[Math.min(position, this.#tokens.length - 1)];
    if (!token) throw new TypeError('An expression has at least its end as a token');
    return token;
  }

  next(): Token {
    const { token } = this;
    this.#position += 1;
    return token;
  }

  isAt(symbol: string): boolean {
    return this.token.kind === 'symbol' && this.token.text === symbol;
  }

  isAtKeyword(word: string): boolean {
    return this.token.kind === 'keyword' && this.token.text.toUpperCase() === word;
  }

  take(symbol: string): boolean {
    const isTaken = this.isAt(symbol);
    if (isTaken) this.next();
    return isTaken;
  }

  takeKeyword(word: string): boolean {
    const isTaken = this.isAtKeyword(word);
    if (isTaken) this.next();
    return isTaken;
  }

  expect(symbol: string): void {
    if (!this.take(symbol)) throw this.syntaxError();
  }

  expectKeyword(word: string): void {
    if (!this.takeKeyword(word)) throw this.syntaxError();
  }

  syntaxError(): ServiceError {
    const { token } = this;
    const isEnd = token.kind === 'end';
    const previous = this.#position > 0 ? this.#at(this.#position - 1) : undefined;
    const start = previous?.start ?? (isEnd ? 0 : token.start);
    const end = isEnd ? this.#text.length : Math.max(token.end, this.#nearEnd());
    const shown = isEnd ? '<EOF>' : token.text;
    const near = this.#text.slice(start, end);
    return this.refusal(`Syntax error; token: "${shown}", near: "${near}"`);
  }

  #nearEnd(): number {
    return this.following.kind === 'end' ? 0 : this.following.end;
  }

  flaw(rank: FlawRank, detail: string): void {
    if (!this.#flaws.has(rank)) this.#flaws.set(rank, detail);
  }

  countOperator(): void {
    this.#operators += 1;
    if (this.#operators <= MAX_OPERATORS) return;
    throw this.refusal(
      `The expression contains too many operators; operator count: ${this.#operators}`,
    );
  }

  /** The text must be at its end, and without flaws. */
  finish(): void {
    if (this.token.kind !== 'end') throw this.syntaxError();
    for (const rank of FLAW_RANKS) {
      const detail = this.#flaws.get(rank);
      if (detail !== undefined) throw this.refusal(detail);
    }
  }

  /** `name`, `#alias`, then `.name` and `[0]`. An alias keeps its `#`: no name can begin so. */
  readPath(): UnboundPath {
    const parts: (string | number)[] = [this.#readName()];
    for (;;) {
      if (this.take('.')) {
        parts.push(this.#readName());
      } else if (this.take('[')) {
        parts.push(this.#readIndex());
        this.expect(']');
      } else {
        return parts;
      }
    }
  }

  #readName(): string {
    const { token } = this;
    if (token.kind !== 'word' && token.kind !== 'alias') throw this.syntaxError();
    this.next();
    if (token.kind === 'word' && isReservedWord(token.text)) {
      const detail = `Attribute name is a reserved keyword; reserved keyword: ${token.text}`;
      this.flaw('reserved', detail);
    }
    return token.text;
  }

  #readIndex(): number {
    const { token } = this;
    if (token.kind !== 'digits') throw this.syntaxError();
    this.next();
    const index = Number(token.text);
    if (index <= MAX_LIST_INDEX) return index;
    throw this.refusal(`List index is not within the allowable range; index: [${token.text}]`);
  }
}

function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  TOKEN_PATTERN.lastIndex = 0;
  for (;;) {
    const match = TOKEN_PATTERN.exec(text);
    if (!match) throw new TypeError(`No token in "${text}"`);
    const group = GROUP_KINDS.findIndex((_, index) => match[index + 1] !== undefined);
    const kind = GROUP_KINDS[group] ?? 'stray';
    const found = match[group + 1] ?? '';
    const end = TOKEN_PATTERN.lastIndex;
    const isKeyword = kind === 'word' && KEYWORDS.has(found.toUpperCase());
    tokens.push({
      kind: isKeyword ? 'keyword' : kind,
      text: found,
      start: end - found.length,
      end,
    });
    if (kind === 'end') return tokens;
  }
}
