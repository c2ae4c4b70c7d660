import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addressOf, baseOf, bodyExample, example, operations, shape, type Spec } from '../src/docs/spec';

const spec: Spec = {
  openapi: '3.1.0',
  info: { title: 't', version: '1' },
  servers: [{ url: 'https://elsewhere.example/api/v1/' }],
  paths: {
    '/loads/{id}/override': {
      parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'string' } }],
      put: {
        summary: 'force',
        requestBody: { content: { 'application/json': { schema: { $ref: '#/components/schemas/Override' } } } },
        responses: { 200: { description: 'ok' } },
      },
      delete: { responses: {} },
    },
    '/series': { get: { tags: ['store'], parameters: [{ name: 'step', in: 'query' }, { name: 'q', in: 'query' }] } },
  },
  components: {
    schemas: {
      Override: {
        type: 'object', required: ['state'],
        properties: {
          state: { enum: ['fed', 'shed'] },
          minutes: { type: 'integer', default: 120, description: 'how long' },
          next: { $ref: '#/components/schemas/Override' },
        },
      },
    },
  },
};

test('spec: operations in the document’s order, with shared parameters', () => {
  const found = operations(spec);
  assert.deepEqual(found.map((o) => `${o.method} ${o.path} ${o.group}`),
    ['put /loads/{id}/override loads', 'delete /loads/{id}/override loads', 'get /series store']);
  assert.deepEqual(found[1]!.params.map((p) => p.name), ['id']);
});

test('spec: a try stays on this origin', () => assert.equal(baseOf(spec), '/api/v1'));

test('spec: an example is made from the schema, and a recursive one ends', () => {
  const value = JSON.parse(bodyExample(spec, operations(spec)[0]!.requestBody)!);
  assert.equal(value.state, 'fed');
  assert.equal(value.minutes, 120);
  assert.ok(JSON.stringify(value).length < 2000);
});

test('spec: the shape says what is optional and what it means, and ends', () => {
  const text = shape(spec, { $ref: '#/components/schemas/Override' });
  assert.match(text, /state: "fed" \| "shed"/);
  assert.match(text, /minutes\?: integer {2}\/\/ how long/);
  assert.match(text, /…/);
});

test('spec: references that point nowhere, or at themselves, do no harm', () => {
  assert.equal(example(spec, { $ref: '#/components/nowhere' }), null);
  const loop: Spec = { ...spec, components: { a: { $ref: '#/components/a' } } };
  assert.equal(example(loop, { $ref: '#/components/a' }), null);
  assert.equal(shape(loop, { $ref: 'other.json#/x' }), 'any');
});

test('spec: addresses are escaped, and a missing value is named', () => {
  const [put, , get] = operations(spec);
  assert.deepEqual(addressOf('/api/v1', put!, { id: 'a/b c' }), { url: '/api/v1/loads/a%2Fb%20c/override' });
  assert.deepEqual(addressOf('/api/v1', put!, {}), { missing: 'id' });
  assert.deepEqual(addressOf('', get!, { step: '60s', q: '' }), { url: '/series?step=60s' });
});
