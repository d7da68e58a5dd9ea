import { ExpressionReader } from './expression-reader.ts';
import type { UnboundPath } from './expression-tree.ts';

/** A list of document paths. */
export function parseProjection(text: string): readonly UnboundPath[] {
  const reader = new ExpressionReader('ProjectionExpression', text);
  const paths = [reader.readPath()];
  while (reader.take(',')) paths.push(reader.readPath());
  reader.finish();
  return paths;
}
