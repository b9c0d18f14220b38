/** The directory's rules: who is there, who may do what, who has a seat. Terms and invariants are in this package's README.md. */
@org.jspecify.annotations.NullMarked
package io.sluice.core.directory;
