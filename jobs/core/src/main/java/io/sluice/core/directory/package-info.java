/** Who belongs to the organization, and since when. */
@org.jspecify.annotations.NullMarked
package io.sluice.core.directory;
