/** The Engine's HTTP interface on its socket, JSON in and out: a look costs no child. */
import { request } from 'node:http';
import { text } from 'node:stream/consumers';

/** The answer's body, parsed. Rejects where the socket does not answer, or not with success. */
export function callEngine(socketPath: string, method: string, path: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const call = request({ socketPath, method, path, agent: false }, (answer) => {
      text(answer).then((body) => {
        if ((answer.statusCode ?? 500) < 300) resolve(parse(body));
        else reject(new Error(`${method} ${path}: ${answer.statusCode} ${body}`));
      }, reject);
    });
    call.on('error', reject);
    call.end();
  });
}

function parse(body: string): unknown {
  return body.startsWith('{') || body.startsWith('[') ? JSON.parse(body) : body;
}
