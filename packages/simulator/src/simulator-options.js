import { isIP } from 'node:net';
import { systemClock } from '@ibkit/clock';
import { UsageError } from '@ibkit/error-codes';
import { MAX_SERVER_VERSION, MIN_SERVER_VERSION } from '@ibkit/wire';
const MIB = 1024 * 1024;
/** The defaults of {@link SimulatorOptions}. */
export const DEFAULT_SIMULATOR = Object.freeze({
    host: '127.0.0.1',
    port: 0,
    seed: 1,
    accounts: Object.freeze(['DU1234567']),
    speed: 1,
    replay: Object.freeze([]),
    pacing: 'off',
    messagesPerSecond: 50,
    dataPermission: 'live',
    maxServerVersion: MAX_SERVER_VERSION,
    maxClients: 32,
    maxPendingBytes: 16 * MIB,
    handshakeTimeoutMs: 10_000,
    journalLimit: 100_000,
    journalTicks: false,
});
const DATA_PERMISSIONS = new Set(['live', 'delayed']);
const PACING_MODES = new Set(['off', 'strict', 'pace']);
const PAPER_ACCOUNT = /^D[UF]\w+$/;
const ANY_ACCOUNT = /^\w+$/;
function refuse(field, rule, value) {
    throw new UsageError({ field, rule, value });
}
function integer(option, value, min, max) {
    if (!Number.isInteger(value) || value < min || value > max)
        refuse(option, `must be an integer from ${min} to ${max}`, value);
    return value;
}
function above0(option, value) {
    if (!Number.isFinite(value) || value <= 0)
        refuse(option, 'must be a finite number above 0', value);
    return value;
}
function loopback(host) {
    const isLoopback = host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
    // The protocol has neither passwords nor encryption: whoever reaches the port may trade and read everything.
    if (!isLoopback)
        refuse('host', 'must be a loopback address (127.0.0.1, ::1 or localhost)', host);
    return host;
}
function accountList(accounts, force) {
    const rule = force
        ? 'must be names of letters and digits, at least one and none twice'
        : 'must be names that begin with DU or DF (or set forceAccounts), at least one and none twice';
    const isName = force ? ANY_ACCOUNT : PAPER_ACCOUNT;
    const isFine = accounts.length > 0 && new Set(accounts).size === accounts.length && accounts.every((name) => isName.test(name));
    // Without the value: it may end up in a log.
    if (!isFine)
        throw new UsageError({ field: 'accounts', rule });
    return accounts;
}
/**
 * Puts the options that a scenario brings and the defaults in place, and checks every value.
 * @throws UsageError that names the option, the rule and the value.
 */
export function resolveSimulatorOptions(options = {}, brought = {}) {
    const pacing = options.pacing ?? brought.pacing ?? DEFAULT_SIMULATOR.pacing;
    const dataPermission = options.dataPermission ?? brought.dataPermission ?? DEFAULT_SIMULATOR.dataPermission;
    const startAtMs = options.startAtMs ?? brought.startAtMs;
    if (!PACING_MODES.has(pacing))
        refuse('pacing', "must be 'off', 'strict' or 'pace'", pacing);
    if (!DATA_PERMISSIONS.has(dataPermission))
        refuse('dataPermission', "must be 'live' or 'delayed'", dataPermission);
    const d = DEFAULT_SIMULATOR;
    return {
        host: loopback(options.host ?? d.host),
        port: integer('port', options.port ?? d.port, 0, 65_535),
        seed: integer('seed', options.seed ?? brought.seed ?? d.seed, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER),
        accounts: accountList(options.accounts ?? brought.accounts ?? d.accounts, options.forceAccounts ?? false),
        speed: above0('speed', options.speed ?? brought.speed ?? d.speed),
        startAtMs: startAtMs === undefined ? undefined : integer('startAtMs', startAtMs, 0, Number.MAX_SAFE_INTEGER),
        replay: options.replay ?? d.replay,
        pacing,
        messagesPerSecond: integer('messagesPerSecond', options.messagesPerSecond ?? brought.messagesPerSecond ?? d.messagesPerSecond, 1, 1_000_000),
        dataPermission,
        maxServerVersion: integer('maxServerVersion', options.maxServerVersion ?? brought.maxServerVersion ?? d.maxServerVersion, MIN_SERVER_VERSION, MAX_SERVER_VERSION),
        maxClients: integer('maxClients', options.maxClients ?? d.maxClients, 1, 10_000),
        maxPendingBytes: integer('maxPendingBytes', options.maxPendingBytes ?? brought.maxPendingBytes ?? d.maxPendingBytes, 1, Number.MAX_SAFE_INTEGER),
        handshakeTimeoutMs: above0('handshakeTimeoutMs', options.handshakeTimeoutMs ?? d.handshakeTimeoutMs),
        journalLimit: integer('journalLimit', options.journalLimit ?? d.journalLimit, 1, 10_000_000),
        journalTicks: options.journalTicks ?? d.journalTicks,
        controlPort: options.controlPort === undefined ? undefined : integer('controlPort', options.controlPort, 0, 65_535),
        stateFile: options.stateFile,
        clock: options.clock ?? systemClock(),
    };
}
