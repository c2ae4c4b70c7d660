/* A small description of the mock's own API, for the /docs page; the daemon's is data/api. */
const json = (schema) => ({ content: { 'application/json': { schema } } });
const object = { type: 'object' };
const id = { name: 'id', in: 'path', required: true, description: 'as in the state', schema: { type: 'string' }, example: 'water_heater' };
const read = (summary, parameters = []) => ({
  get: { summary, parameters, responses: { 200: { description: 'ok', ...json(object) }, 401: { $ref: '#/components/responses/Refused' } } },
});

export const openapi = {
  openapi: '3.1.0',
  info: { title: 'mock', version: '0.1.0', description: 'What the mock server answers.' },
  paths: {
    '/api/v1/state': read('Everything now'),
    '/api/v1/events': read('The same, live'),
    '/api/v1/session': read('Who am I'),
    '/api/v1/ecowatt': read('The grid’s signal'),
    '/api/v1/journal': read('What was decided', [{ name: 'limit', in: 'query', schema: { type: 'integer', default: 20 } }]),
    '/api/v1/series': read('The series there are'),
    '/api/v1/loads/{id}/override': {
      parameters: [id],
      put: {
        summary: 'Force a load, with an end',
        requestBody: { required: true, ...json({ $ref: '#/components/schemas/Override' }) },
        responses: { 200: { description: 'the load', ...json(object) }, 422: { $ref: '#/components/responses/Refused' } },
      },
      delete: { summary: 'Back to automatic', responses: { 200: { description: 'the load' } } },
    },
  },
  components: {
    schemas: {
      Override: {
        type: 'object',
        required: ['state'],
        properties: {
          state: { enum: ['fed', 'shed'], description: 'wanted' },
          minutes: { type: 'integer', example: 30, description: '1 to 10080' },
        },
      },
      Problem: { type: 'object', properties: { title: { type: 'string' }, status: { type: 'integer' }, detail: { type: 'string' } } },
    },
    responses: {
      Refused: { description: 'refused, with a reason', content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } } },
    },
  },
};
