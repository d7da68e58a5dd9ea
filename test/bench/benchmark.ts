/**
 * What a benchmark is: one file that measures, and says what it claims. Counts are claimed exactly, ratios
 * side by side in one process; seconds of this machine are shown and never claimed.
 */

export interface Line {
  name: string;
  /** For the JSON; a unit last in the key. */
  figures: Readonly<Record<string, number>>;
  /** The same for people, one text a column. */
  cells: readonly string[];
  /** Which way a figure gets worse: what is named here is compared with what was committed. */
  worse?: Readonly<Record<string, Direction>>;
}

export type Direction = 'more' | 'less';

export interface Claim {
  text: string;
  holds: boolean;
}

/** What is aimed at, and where we are. It is said either way, and fails nothing: what may not get worse is a claim. */
export interface Goal {
  text: string;
  goal: string;
  ours: string;
  isMet: boolean;
}

export interface Report {
  columns: readonly string[];
  lines: readonly Line[];
  claims: readonly Claim[];
  goals?: readonly Goal[];
}

export interface Options {
  /** Also what takes minutes. */
  isLarge: boolean;
}

export interface Benchmark {
  name: string;
  about: string;
  /** What nobody should read out of it. */
  notShown: string;
  /** Runs only where it is named: it takes minutes. */
  isLarge?: true;
  run: (options: Options) => Promise<Report>;
}

/** Of counts alone: fewer is better. */
export function moreIsWorse(figures: Line['figures']): Record<string, Direction> {
  return Object.fromEntries(Object.keys(figures).map((name) => [name, 'more']));
}

/** A Markdown table, which reads as well on a terminal. */
function formatTable({ columns, lines }: Pick<Report, 'columns' | 'lines'>): string {
  const rows = [['', ...columns], ...lines.map(({ name, cells }) => [name, ...cells])];
  const widths = ['', ...columns].map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0), 3),
  );
  const text = (row: readonly string[]) =>
    `| ${widths.map((width, column) => (row[column] ?? '').padEnd(width)).join(' | ')} |`;
  const [head = [], ...body] = rows;
  const rule = widths.map((width) => '-'.repeat(width));
  return [head, rule, ...body].map(text).join('\n');
}

/** The table of what was measured, that of the goals, and what neither shows. */
export function formatFindings({ notShown }: Benchmark, report: Report): string {
  const parts = [formatTable(report), ...formatGoals(report.goals ?? []), `Not shown: ${notShown}`];
  return parts.join('\n\n');
}

function formatGoals(goals: readonly Goal[]): string[] {
  if (goals.length === 0) return [];
  const lines = goals.map(({ text, goal, ours, isMet }) => ({
    name: text,
    cells: [goal, ours, isMet ? 'yes' : 'no'],
    figures: {},
  }));
  return [formatTable({ columns: ['goal', 'ours', 'met'], lines })];
}

export function formatReport(benchmark: Benchmark, report: Report): string {
  const claims = report.claims.map(({ text, holds }) => `- ${holds ? 'holds' : 'FAILS'}: ${text}`);
  const head = `${benchmark.name}: ${benchmark.about}`;
  return [head, formatFindings(benchmark, report), claims.join('\n')].join('\n\n');
}
