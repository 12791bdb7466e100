import { expect, test } from '@jest/globals';
import { buildSchema, type ExecutionResult, GraphQLError, parse } from 'graphql';
import { Sharing } from './sharing.js';

class Rung {
  readonly times = 1;
}

const document = parse('subscription { rung { times } }');
const schema = buildSchema('type Query { isUp: Boolean } type Rung { times: Int } type Subscription { rung: Rung }');

/** Two streams hear the same event. */
async function heardTwice(result: ExecutionResult) {
  const sharing = new Sharing(schema);
  const rung = new Rung();
  const hear = () => sharing.share({ document, operationName: null, variables: {} }).resultOf({ rung }, () => Promise.resolve(result));
  const both = [hear(), hear()];
  await new Promise<void>((resolve) => both[1]?.onSettled(resolve));
  return both.map((each) => each?.message && String(each.message('7').subarray(2)));
}

test('what streams share is written as JSON once', async () => {
  let written = 0;
  const rung = { toJSON: () => ({ times: ++written }) };
  expect(await heardTwice({ data: { rung } })).toEqual(Array(2).fill('{"id":"7","type":"next","payload":{"data":{"rung":{"times":1}}}}'));
});

test('errors are not shared as JSON, because they name the trace of one operation', async () => {
  expect(await heardTwice({ data: null, errors: [new GraphQLError('gone')] })).toEqual([null, null]);
});

test('a variable that is null is another than one that is absent, which has its default', () => {
  const asking = parse('subscription ($times: Int = 1) { rung { times(up: $times) } }');
  const sharing = new Sharing(
    buildSchema('type Query { isUp: Boolean } type Rung { times(up: Int): Int } type Subscription { rung: Rung }'),
  );
  const rung = new Rung();
  const results = [{}, { times: null }, { times: 2 }, {}].map((variables) =>
    sharing.share({ document: asking, operationName: null, variables }).resultOf({ rung }, () => ({ data: {} })),
  );
  expect(new Set(results).size).toBe(3);
  expect(results[0]).toBe(results[3]);
});
