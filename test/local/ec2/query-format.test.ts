import { describe, expect, it } from 'vitest';
import { ec2Answer, ec2Refusal, readForm } from '#local/ec2/query-format.ts';
import { ServiceError } from '#local/service-error.ts';

describe('a form', () => {
  it.each([
    ['Action=DescribeInstances&MaxResults=5', { Action: 'DescribeInstances', MaxResults: '5' }],
    [
      'Filter.1.Name=a&Filter.1.Value.2=y&Filter.1.Value.1=x&Filter.2.Name=b',
      { Filter: [{ Name: 'a', Value: ['x', 'y'] }, { Name: 'b' }] },
    ],
    ['V.10=j&V.9=i', { V: ['i', 'j'] }],
    ['Name=a%20b%26c', { Name: 'a b&c' }],
    ['', {}],
  ])('%j is read', (form, object) => {
    expect(readForm(form)).toEqual(object);
  });
});

describe('an answer', () => {
  it('has an item for each entry of a list, and no word that would end it', () => {
    const { text: xml } = ec2Answer('Ask', {
      set: [{ id: 1 }, { id: 'a<b & c' }],
      none: undefined,
    });

    expect(xml).toContain(
      '<set><item><id>1</id></item><item><id>a&lt;b &amp; c</id></item></set></AskResponse>',
    );
    expect(xml).not.toContain('none');
  });

  it('that refuses names its code', () => {
    expect(ec2Refusal(new ServiceError('Limit', 'too > much')).text).toContain(
      '<Errors><Error><Code>Limit</Code><Message>too &gt; much</Message></Error></Errors>',
    );
  });
});
