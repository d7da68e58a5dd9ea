/** A server on a port for a test, closed with it; and clients that take it as their endpoint. */
import { onTestFinished } from 'vitest';
import { type Served, type ServeOptions, serve } from '#local/serve/serve.ts';
import { bareCloud, REGION } from '../cloud-rig.ts';

/** The services of a cloud without a stack. */
export async function open(options: Partial<ServeOptions> = {}): Promise<Served> {
  const cloud = bareCloud();
  cloud.ecr.createRepository('shop/web');
  const { ecr, ssm } = cloud;
  const served = await serve({
    port: 0,
    region: REGION,
    services: ['ecr', 'ssm', 'sts'],
    answer: async ({ service, operation, input }) => {
      if (service === 'sts') return { Account: '111122223333', Arn: 'arn:<a&b>' };
      return (service === 'ecr' ? ecr : ssm).apply(operation, { ...input });
    },
    ...options,
  });
  onTestFinished(() => served.close());
  return served;
}

/** Of every client; it tries once. */
export function clientOf(endpoint: string) {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  return { endpoint, region: REGION, credentials, maxAttempts: 1 };
}
