/** A host as SSM knows it: what its agent takes and says. Simulated hosts are one kind of it. */
export interface AgentCommand {
  readonly commandId: string;
  /** The document's script: what a real host runs. */
  readonly lines: readonly string[];
  readonly parameters: Readonly<Record<string, readonly string[]>>;
  /** After it the agent kills the script and reports a timeout. */
  readonly executionTimeoutMs: number;
}

/** What the agent reports when the script has ended, or that it was lost. */
export interface AgentReport {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly isTimedOut?: boolean;
}

export interface AgentRun {
  /** Kills the script where it is; nothing is reported. */
  kill(): void;
}

export interface ManagedHost {
  readonly id: string;
  readonly tags: ReadonlyMap<string, string>;
  /** Whether the agent takes a command now. */
  readonly isReachable: boolean;
  /** What SSM believes, minutes behind: it notices a lost agent by its missing pings. */
  readonly pingStatus: 'Online' | 'ConnectionLost';
  readonly lastPingAtMs: number;
  /** Reports once, or never. */
  start(command: AgentCommand, report: (report: AgentReport) => void): AgentRun;
}

/** The nodes that are registered with SSM, in the order of registration. */
export interface ManagedHosts {
  readonly list: readonly ManagedHost[];
  find(id: string): ManagedHost | undefined;
  /** Told when a host's agent takes commands again. */
  onReachable: ((host: ManagedHost) => void) | undefined;
}
