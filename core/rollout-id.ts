/**
 * Ids of rollouts and names of executions.
 *
 * `<policy>-<first 6 hex of sha256(repository)>-g<generation>` and `<rollout id>-r<run>`. An execution
 * name has at most 80 characters and no colon; with a policy id of 40 and a generation of 10 digits a
 * name of run 9,999 has 66.
 */

/** Grows with every new desired state, and never starts below what hosts may have seen. */
export function nextGeneration(lastGeneration: number, nowMs: number): number {
  return Math.max(lastGeneration + 1, Math.floor(nowMs / 1000));
}

export function rolloutId(policy: string, repositorySha256: string, generation: number): string {
  return `${policy}-${repositorySha256.slice(0, 6)}-g${generation}`;
}

export function executionName(rollout: string, run: number): string {
  return `${rollout}-r${run}`;
}

/** The rollout and run of an execution's name; undefined for a name that is not ours. */
export function parseExecutionName(name: string): { rollout: string; run: number } | undefined {
  const match = /^([a-z0-9-]{1,40}-[0-9a-f]{6}-g[0-9]{1,15})-r([0-9]{1,6})$/.exec(name);
  if (match?.[1] === undefined || match[2] === undefined) return undefined;
  return { rollout: match[1], run: Number(match[2]) };
}
