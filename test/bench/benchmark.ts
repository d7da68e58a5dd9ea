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
}

export interface Claim {
  text: string;
  holds: boolean;
}

export interface Report {
  columns: readonly string[];
  lines: readonly Line[];
  claims: readonly Claim[];
}

export interface Benchmark {
  name: string;
  about: string;
  run: () => Promise<Report>;
}

/** A Markdown table, which reads as well on a terminal. */
export function formatTable({ columns, lines }: Pick<Report, 'columns' | 'lines'>): string {
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

export function formatReport(benchmark: Benchmark, report: Report): string {
  const claims = report.claims.map(({ text, holds }) => `- ${holds ? 'holds' : 'FAILS'}: ${text}`);
  const parts = [`${benchmark.name}: ${benchmark.about}`, formatTable(report), claims.join('\n')];
  return parts.join('\n\n');
}
