/** What `html` of Lit makes, which is data of the same shape in each of its versions, and its `nothing`. */
export const html = (strings, ...values) => ({ _$litType$: 1, strings, values })
export const nothing = Symbol.for('lit-nothing')
