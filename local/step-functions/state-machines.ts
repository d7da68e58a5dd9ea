/** The state machines by their ARN. */
import type { VirtualClock } from '../clock.ts';
import { ServiceError } from '../service-error.ts';
import { machineArn, type Place } from './arns.ts';
import { readDefinition } from './check-definition.ts';
import type { StateMachine } from './model.ts';
import { checkName } from './requests.ts';

export class StateMachines {
  readonly #place: Place;
  readonly #clock: VirtualClock;
  readonly #machines = new Map<string, StateMachine>();

  constructor(place: Place, clock: VirtualClock) {
    this.#place = place;
    this.#clock = clock;
  }

  /** Making the same machine again is no error; a different one under its name is. */
  create(request: { name: string; definition: string; roleArn: string }): StateMachine {
    const { name, definition: text, roleArn } = request;
    checkName(name);
    const arn = machineArn(this.#place, name);
    const definition = readDefinition(text);
    const present = this.#machines.get(arn);
    if (present) {
      if (present.text === text && present.roleArn === roleArn) return present;
      throw new ServiceError('StateMachineAlreadyExists', `State Machine Already Exists: '${arn}'`);
    }
    const machine = { arn, name, roleArn, definition, text, createdMs: this.#clock.nowMs() };
    this.#machines.set(arn, machine);
    return machine;
  }

  /** Executions that have started keep the definition and the role that they started with. */
  update(request: {
    stateMachineArn: string;
    definition?: string | undefined;
    roleArn?: string | undefined;
  }): void {
    const machine = this.find(request.stateMachineArn);
    const { definition: text = machine.text, roleArn = machine.roleArn } = request;
    const definition = readDefinition(text);
    this.#machines.set(machine.arn, { ...machine, text, definition, roleArn });
  }

  find(arn: string): StateMachine {
    const machine = this.#machines.get(arn);
    if (machine) return machine;
    throw new ServiceError('StateMachineDoesNotExist', `State Machine Does Not Exist: '${arn}'`);
  }

  all(): StateMachine[] {
    return [...this.#machines.values()];
  }
}
