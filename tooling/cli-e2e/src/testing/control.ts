/** The control port of a simulator: its state, its journal, and what goes wrong in it. */
export class Control {
  readonly #url: string;

  constructor(port: number) {
    this.#url = `http://127.0.0.1:${port}`;
  }

  /** Every message of a type that clients sent. */
  async received(type: string): Promise<readonly unknown[]> {
    const answer = await this.#ask('GET', `/journal?kind=in&type=${type}&limit=10000`);
    const entries: unknown = typeof answer === 'object' && answer !== null ? Reflect.get(answer, 'entries') : undefined;
    if (!Array.isArray(entries)) throw new Error(`The journal has no entries: ${JSON.stringify(answer)}`);
    return entries as readonly unknown[];
  }

  /** Begins a fault. */
  async inject(fault: Readonly<Record<string, unknown>>): Promise<void> {
    await this.#ask('POST', '/faults', fault);
  }

  /** Ends every fault. */
  async endFaults(): Promise<void> {
    await this.#ask('DELETE', '/faults');
  }

  async #ask(method: string, where: string, body?: unknown): Promise<unknown> {
    const response = await fetch(`${this.#url}${where}`, { method, ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }) });
    const answer: unknown = await response.json();
    if (!response.ok) throw new Error(`${method} ${where}: ${response.status} ${JSON.stringify(answer)}`);
    return answer;
  }
}
