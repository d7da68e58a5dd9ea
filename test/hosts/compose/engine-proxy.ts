/**
 * Stands between a command and the Engine's socket, and stops the command at one of its calls: Compose makes
 * several in one go, and between any two of them it may be killed.
 */

import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type Server } from 'node:http';

/** Only what Compose itself does: what the script does by `docker` has points of its own (points.ts). */
const AGENT = /compose/i;

/** When the call is given up: it never reaches the Engine, the Engine is at work on it, or it has done it. */
export type Moment = 'before' | 'during' | 'after';

export interface CallPoint {
  /** `stop#2`: the second of them. */
  readonly call: string;
  readonly moment: Moment;
}

export class EngineProxy {
  readonly calls: string[] = [];
  /** When the command stands at its point. */
  readonly reached: Promise<void>;
  readonly #socket: string;
  readonly #point: CallPoint | undefined;
  readonly #server: Server;
  #reach: () => void = () => {};

  /** Without a point, all calls go through and are listed. */
  constructor(engineSocket: string, point?: CallPoint) {
    this.#socket = engineSocket;
    this.#point = point;
    this.reached = new Promise((resolve) => {
      this.#reach = resolve;
    });
    this.#server = createServer((asked, answer) => {
      const isPoint = this.#isPoint(asked);
      if (isPoint && point?.moment === 'before') return this.#reach();
      const { method, url, headers } = asked;
      const onward = request({
        socketPath: this.#socket,
        method,
        path: url,
        headers,
        agent: false,
      });
      onward.on('error', () => answer.destroy());
      onward.on('response', (got) => {
        if (isPoint) {
          got.resume().on('end', this.#reach);
          return;
        }
        answer.writeHead(got.statusCode ?? 500, got.headers);
        got.pipe(answer);
      });
      asked.pipe(onward);
      if (isPoint && point?.moment === 'during') asked.on('end', this.#reach);
    });
    // The Engine never hangs up; a POST on a connection that closes just then is lost, and not sent again.
    this.#server.keepAliveTimeout = 0;
    this.#server.requestTimeout = 0;
  }

  async listen(socket: string): Promise<void> {
    this.#server.listen(socket);
    await once(this.#server, 'listening');
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #isPoint(asked: IncomingMessage): boolean {
    const name = nameCall(asked);
    if (name === undefined) return false;
    const count = this.calls.filter((call) => call.startsWith(`${name}#`)).length + 1;
    this.calls.push(`${name}#${count}`);
    return `${name}#${count}` === this.#point?.call;
  }
}

function nameCall({ method, url = '', headers }: IncomingMessage): string | undefined {
  if (!AGENT.test(headers['user-agent'] ?? '')) return undefined;
  const [target = ''] = url.split('?');
  if (method === 'DELETE') return 'remove';
  return method === 'POST' ? target.split('/').at(-1) : undefined;
}
