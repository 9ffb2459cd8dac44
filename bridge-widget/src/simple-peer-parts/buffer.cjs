/** simple-peer wraps what a data channel gives it, without copying it. */
exports.Buffer = { from: (bytes) => new Uint8Array(bytes) }
