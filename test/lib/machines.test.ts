import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import aslValidator from 'asl-validator';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LAMBDA_NAMES } from '#lib/lambda-list.ts';
import { composeRolloutDefinition } from '#lib/machines.ts';
import { toKebabCase, toPascalCase } from '#lib/names.ts';
import { named, ofType, synthesize } from './template.ts';

/** Lambdas that are no state's of the rollout machine. */
const OTHERS = [
  'apply-policies',
  'consider-image',
  'control-rollout',
  'listen-to-commands',
  'listen-to-executions',
  'notify',
  'sweep',
];

const resources = synthesize();
const machine = named(resources, 'AWS::StepFunctions::StateMachine', 'Longshore-rollout');
const definition = JSON.parse(machine.Properties.DefinitionString);

describe('names', () => {
  it.each([
    ['sweep', 'Sweep'],
    ['judge-batch', 'JudgeBatch'],
    ['listen-to-executions', 'ListenToExecutions'],
  ])('%s is %s, and the other way round', (kebab, pascal) => {
    expect(toPascalCase(kebab)).toBe(pascal);
    expect(toKebabCase(pascal)).toBe(kebab);
  });
});

describe('the rollout machine', () => {
  it('has for each placeholder a substitution, and for each lambda of a state a placeholder', () => {
    const text = machine.Properties.DefinitionString;
    const placeholders = new Set(Array.from(text.matchAll(/\$\{(\w+)\}/g), ([, name]) => name));
    const substitutions = Object.keys(machine.Properties.DefinitionSubstitutions);
    const states = LAMBDA_NAMES.filter((name) => !OTHERS.includes(name));

    expect([...placeholders].sort()).toEqual(substitutions.sort());
    expect(substitutions).toEqual(states.map((name) => `${toPascalCase(name)}FunctionArn`).sort());
  });

  it('puts into each placeholder the ARN of the function of that name', () => {
    for (const [placeholder, value] of Object.entries(machine.Properties.DefinitionSubstitutions)) {
      const [id, attribute] = value['Fn::GetAtt'];
      const name = toKebabCase(placeholder.replace('FunctionArn', ''));
      expect(attribute).toBe('Arn');
      expect(resources[id]?.Properties['FunctionName']).toBe(`Longshore-${name}`);
    }
  });

  it('is a valid machine as it is deployed, with every ARN in its place', () => {
    const deployed = machine.Properties.DefinitionString.replaceAll(
      /\$\{(\w+)\}/g,
      'arn:aws:lambda:eu-west-1:111122223333:function:$1',
    );

    const { isValid, errorsText } = aslValidator(JSON.parse(deployed));

    expect(errorsText('\n')).toBe('');
    expect(isValid).toBe(true);
  });

  it.each([
    ['Update batch', 'chunk'],
    ['Roll back batch', 'rollback'],
  ])(
    'walks in %s the states of %s.asl.json, as children with a history of their own',
    (state, file) => {
      const whole = JSON.parse(readFileSync(`statemachines/${file}.asl.json`, 'utf8'));

      const processor = definition.States[state].ItemProcessor;

      expect(processor.ProcessorConfig).toEqual({ Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' });
      expect(processor.StartAt).toBe(whole.StartAt);
      expect(processor.States).toEqual(whole.States);
      // These belong to a whole machine; an ItemProcessor that has them is refused.
      expect(Object.keys(processor)).not.toContain('QueryLanguage');
      expect(Object.keys(processor)).not.toContain('TimeoutSeconds');
    },
  );

  it('is otherwise rollout.asl.json', () => {
    const whole = JSON.parse(readFileSync('statemachines/rollout.asl.json', 'utf8'));
    const { ItemProcessor: update } = definition.States['Update batch'];
    const { ItemProcessor: goBack } = definition.States['Roll back batch'];

    whole.States['Update batch'].ItemProcessor = update;
    whole.States['Roll back batch'].ItemProcessor = goBack;

    expect(definition).toEqual(whole);
  });

  it.each([
    ['ERROR', true],
    ['ALL', true],
    ['OFF', false],
  ])('logs as the settings say: %s', (level, logs) => {
    const stack = synthesize({ settings: { machine_logging: level } });

    const { LoggingConfiguration } = named(
      stack,
      'AWS::StepFunctions::StateMachine',
      'Longshore-rollout',
    ).Properties;
    const groups = ofType(stack, 'AWS::Logs::LogGroup').filter(([, { Properties }]) =>
      Properties.LogGroupName.startsWith('/aws/vendedlogs/states/Longshore-rollout'),
    );

    expect(LoggingConfiguration?.Level).toBe(logs ? level : undefined);
    expect(groups).toHaveLength(logs ? 1 : 0);
  });
});

describe('the control machine', () => {
  const control = named(resources, 'AWS::StepFunctions::StateMachine', 'Longshore-control');

  it('is control.asl.json, with the one lambda that it names', () => {
    const { DefinitionString, DefinitionSubstitutions } = control.Properties;
    const whole = JSON.parse(readFileSync('statemachines/control.asl.json', 'utf8'));

    expect(JSON.parse(DefinitionString)).toEqual(whole);
    expect(Object.keys(DefinitionSubstitutions)).toEqual(['ControlRolloutFunctionArn']);
  });
});

describe('composeRolloutDefinition', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'machines-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const write = (name: string, states: unknown) =>
    writeFileSync(
      path.join(folder, `${name}.asl.json`),
      JSON.stringify({ QueryLanguage: 'JSONata', StartAt: 'A', States: states }),
    );
  const at = (name: string) => `\${${name}}`;
  const task = (resource: string) => ({ A: { Type: 'Task', Resource: resource, End: true } });

  it.each([
    ['a lambda that there is none of', at('SailAwayFunctionArn'), /SailAwayFunctionArn/],
    ['no lambda at all', at('ImageQueue'), /ImageQueue/],
    ['a processor that there is none of', at('AnchorItemProcessor'), /AnchorItemProcessor/],
  ])('refuses a placeholder for %s', (_, resource, message) => {
    write('rollout', task(resource));
    write('chunk', task(at('UpdateHostsFunctionArn')));
    write('rollback', task(at('RestoreHostsFunctionArn')));

    expect(() => composeRolloutDefinition(folder)).toThrow(message);
  });

  it('names each lambda once, wherever it stands', () => {
    write('rollout', {
      A: { Type: 'Map', ItemProcessor: at('ChunkItemProcessor'), Next: 'B' },
      B: { Type: 'Map', ItemProcessor: at('RollbackItemProcessor'), Next: 'C' },
      C: { Type: 'Task', Resource: at('JudgeBatchFunctionArn'), End: true },
    });
    write('chunk', task(at('JudgeBatchFunctionArn')));
    write('rollback', task(at('RestoreHostsFunctionArn')));

    const { lambdas } = composeRolloutDefinition(folder);

    expect(lambdas).toEqual(['judge-batch', 'restore-hosts']);
  });
});
