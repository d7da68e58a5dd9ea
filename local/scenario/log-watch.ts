/** Takes from the lambdas' log what the story tells: what was considered, how the last batch was judged. */
import * as z from 'zod';
import type { LogLine } from '../lambda/log-console.ts';

const Considered = z.object({
  repository: z.string(),
  verdict: z.string(),
  reason: z.string(),
});
export type Considered = z.infer<typeof Considered>;

const Judged = z.object({ verdict: z.string(), reason: z.string() });

export class LogWatch {
  readonly #lines: readonly LogLine[];
  readonly #repository: string;
  #read = 0;
  #considered: Considered[] = [];
  #verdict: string | undefined;

  constructor(lines: readonly LogLine[], repository: string) {
    this.#lines = lines;
    this.#repository = repository;
  }

  /** Each decision about the repository's images since the last `forget`. */
  get considered(): readonly Considered[] {
    this.#readOn();
    return this.#considered;
  }

  get verdict(): string | undefined {
    this.#readOn();
    return this.#verdict;
  }

  /** A new push begins. */
  forget(): void {
    this.#readOn();
    this.#considered = [];
    this.#verdict = undefined;
  }

  #readOn(): void {
    for (; this.#read < this.#lines.length; this.#read++) {
      const line = this.#lines[this.#read]?.line;
      if (line?.['message'] === 'image considered') this.#take(line);
      if (line?.['message'] !== 'batch judged') continue;
      const { verdict, reason } = Judged.parse(line);
      this.#verdict = `${verdict}: ${reason}`;
    }
  }

  #take(line: LogLine['line']): void {
    const considered = Considered.parse(line);
    if (considered.repository === this.#repository) this.#considered.push(considered);
  }
}
