/** Why the end-to-end suite cannot run on this machine, a sentence each; empty where it can. */
import { listObstacles } from '#local/docker/requirements.ts';
import { missingPython } from '../python.ts';
import { missingForHostImage } from './host-image.ts';

function obstacles(): string[] {
  const others = [missingForHostImage(), missingPython()];
  return [...listObstacles(), ...others.filter((missing) => missing !== undefined)];
}

/** Says them; whether there are any. */
export function sayObstacles(what: string): boolean {
  const reasons = obstacles();
  if (reasons.length === 0) return false;
  const lines = reasons.map((reason) => `  - ${reason}\n`).join('');
  process.stdout.write(`skipped: ${what} cannot run here\n${lines}`);
  return true;
}
