/** TWS API: the usual texts of connection-wide notices. */
const NOTICE_TEXTS = {
    1100: 'Connectivity between IB and TWS has been lost.',
    1101: 'Connectivity between IB and TWS has been restored- data lost.',
    1102: 'Connectivity between IB and TWS has been restored- data maintained.',
    1300: 'TWS socket port has been reset and this connection is being dropped. Please reconnect on the new port.',
    2103: 'Market data farm connection is broken:usfarm',
    2104: 'Market data farm connection is OK:usfarm',
    2105: 'HMDS data farm connection is broken:ushmds',
    2106: 'HMDS data farm connection is OK:ushmds',
    2107: 'HMDS data farm connection is inactive but should be available upon demand.ushmds',
    2108: 'Market data farm connection is inactive but should be available upon demand.usfarm',
    2110: 'Connectivity between TWS and server is broken. It will be restored automatically.',
    2119: 'Market data farm is connecting:usfarm',
    2157: 'Sec-def data farm connection is broken:secdefnj',
    2158: 'Sec-def data farm connection is OK:secdefnj',
    10182: 'Failed to request live updates (disconnected).',
    10197: 'No market data during competing live session',
};
/** What TWS says with a code; for a code without a usual text, the code. */
export function noticeText(code) {
    return NOTICE_TEXTS[code] ?? `Notice ${code}`;
}
