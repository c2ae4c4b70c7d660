import { useState } from 'preact/hooks';
import { addressOf, baseOf, bodyExample, resolve, shape, type Operation, type Param, type Spec } from './spec';
import { send, type Reply } from './send';
import { td } from './words';

const PLACE = { path: 'in_path', query: 'in_query', header: 'in_header', cookie: 'in_header' } as const;

function firstValue(param: Param): string {
  const value = param.example ?? param.schema?.example ?? param.schema?.examples?.[0] ?? param.schema?.default;
  return value === undefined || value === null ? '' : String(value);
}

function ParamField({ id, param, value, onInput }: {
  id: string; param: Param; value: string; onInput: (value: string) => void;
}) {
  const options = param.schema?.enum;
  const notes = [td(PLACE[param.in]), ...(param.required ? [td('required')] : [])].join(' · ');
  return (
    <div class="field">
      <label for={id}><code>{param.name}</code></label>
      {options ? (
        <select id={id} value={value} aria-describedby={id + '-help'} onChange={(e) => onInput(e.currentTarget.value)}>
          {!param.required && <option value="" />}
          {options.map((o) => <option key={String(o)} value={String(o)}>{String(o)}</option>)}
        </select>
      ) : (
        <input
          id={id} type="text" value={value} spellcheck={false} autocomplete="off"
          aria-describedby={id + '-help'} onInput={(e) => onInput(e.currentTarget.value)}
        />
      )}
      <p class="quiet" id={id + '-help'}>
        {notes}{param.description && <> · <span lang="en">{param.description}</span></>}
      </p>
    </div>
  );
}

const quoted = (text: string) => `'${text.replace(/'/g, `'\\''`)}'`;

/** The request as a line for a shell; a token is named, never printed. */
function curl(operation: Operation, url: string, body: string | null, token: boolean): string {
  const parts = ['curl', ...(operation.method === 'get' ? [] : ['-X', operation.method.toUpperCase()])];
  if (token)
    parts.push('-H', '"Authorization: Bearer $TOKEN"');
  if (body !== null)
    parts.push('-H', quoted('Content-Type: application/json'), '-d', quoted(body.replace(/\s*\n\s*/g, ' ')));
  return [...parts, quoted(location.origin + url)].join(' ');
}

function Answers({ spec, operation }: { spec: Spec; operation: Operation }) {
  return (
    <>
      <h3>{td('responses')}</h3>
      <dl class="answers">
        {Object.entries(operation.responses ?? {}).map(([status, given]) => {
          const answer = resolve(spec, given);
          const media = Object.entries(answer?.content ?? {})[0];
          return (
            <div key={status}>
              <dt><span class={`status status-${status[0]}`}>{status}</span> <span lang="en">{answer?.description}</span></dt>
              {media && (
                <dd>
                  <details>
                    <summary>{td('schema')} <code>{media[0]}</code></summary>
                    <pre tabIndex={0} lang="en">{shape(spec, media[1].schema)}</pre>
                  </details>
                </dd>
              )}
            </div>
          );
        })}
      </dl>
    </>
  );
}

function ReplyView({ reply }: { reply: Reply }) {
  if (reply.kind === 'failed')
    return <p class="error" role="alert">{td('unreachable')}</p>;
  return (
    <div class="reply" role="status">
      <p>
        <span class={`status status-${String(reply.status)[0]}`}>{reply.status}</span>
        {' '}{td('status', { status: reply.status, ms: `${reply.ms}\u00a0ms` })}
      </p>
      {reply.stream && <p class="quiet">{td('stream')}</p>}
      {reply.text && <pre tabIndex={0} aria-label={td('answer')}>{reply.text}</pre>}
    </div>
  );
}

function Try({ spec, operation, token, csrf }: { spec: Spec; operation: Operation; token: string; csrf: string | null }) {
  const example = bodyExample(spec, operation.requestBody);
  const [values, setValues] = useState<Record<string, string>>(
    () => Object.fromEntries(operation.params.map((p) => [p.name, firstValue(p)])));
  const [body, setBody] = useState(example);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState('');
  const [reply, setReply] = useState<Reply | null>(null);
  const address = addressOf(baseOf(spec), operation, values);

  async function run(): Promise<void> {
    setReply(null);
    setError('');
    if ('missing' in address) {
      setError(td('missing', { name: address.missing }));
      return;
    }
    try {
      if (body !== null)
        JSON.parse(body);
    } catch {
      setError(td('bad_json'));
      return;
    }
    const headers = Object.fromEntries(operation.params
      .filter((p) => p.in === 'header' && values[p.name]).map((p) => [p.name, values[p.name]!]));
    setBusy(true);
    setReply(await send({ method: operation.method, url: address.url, body, token, csrf, headers }));
    setBusy(false);
  }

  return (
    <form onSubmit={(e) => { e.preventDefault(); void run(); }}>
      {operation.params.length > 0 && <h3>{td('params')}</h3>}
      {operation.params.map((param) => (
        <ParamField
          key={param.in + param.name} id={`${operation.id}-${param.name}`} param={param} value={values[param.name] ?? ''}
          onInput={(value) => setValues({ ...values, [param.name]: value })}
        />
      ))}
      {body !== null && (
        <div class="field">
          <label for={operation.id + '-body'}>{td('body')}</label>
          <textarea
            id={operation.id + '-body'} value={body} rows={Math.min(14, body.split('\n').length + 1)} spellcheck={false}
            onInput={(e) => setBody(e.currentTarget.value)}
          />
        </div>
      )}
      <div class="actions">
        <button type="submit" class="button primary" disabled={busy}>{td(busy ? 'sending' : 'send')}</button>
      </div>
      {error && <p class="error" role="alert">{error}</p>}
      {reply && <ReplyView reply={reply} />}
      {'url' in address && (
        <details class="curl">
          <summary>{td('curl')}</summary>
          <pre tabIndex={0}>{curl(operation, address.url, body, token !== '')}</pre>
        </details>
      )}
    </form>
  );
}

export function OperationView({ spec, operation, token, csrf }: {
  spec: Spec; operation: Operation; token: string; csrf: string | null;
}) {
  const [open, setOpen] = useState(false);
  const isPublic = Array.isArray(operation.security) && operation.security.length === 0;
  return (
    <details class="operation card" id={operation.id} onToggle={(e) => setOpen(e.currentTarget.open)}>
      <summary>
        <span class={`method method-${operation.method}`}>{operation.method.toUpperCase()}</span>
        <code class="path">{operation.path}</code>
        <span class="summary" lang="en">{operation.summary}</span>
      </summary>
      {open && (
        <div class="operation-body">
          {operation.description && <p lang="en">{operation.description}</p>}
          {isPublic && <p class="quiet">{td('public')}</p>}
          <Try spec={spec} operation={operation} token={token} csrf={csrf} />
          <Answers spec={spec} operation={operation} />
        </div>
      )}
    </details>
  );
}
