/** STS, as far as somebody may want to know who they are: every caller of the cloud is the same one. */
import type { Service } from '../service.ts';
import { ServiceError } from '../service-error.ts';

export class Sts implements Service {
  /** Who calls, by their ARN. */
  principal: string;
  readonly #accountId: string;

  constructor(accountId: string) {
    this.#accountId = accountId;
    this.principal = `arn:aws:iam::${accountId}:user/local`;
  }

  async apply(operation: string): Promise<Record<string, unknown>> {
    if (operation !== 'GetCallerIdentity') throw new ServiceError('UnknownOperationException');
    return { Arn: this.principal, UserId: 'AIDALOCAL', Account: this.#accountId };
  }
}
