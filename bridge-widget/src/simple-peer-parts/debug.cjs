/** simple-peer's notes to its developers, which would hold addresses. */
module.exports = () => () => {}
