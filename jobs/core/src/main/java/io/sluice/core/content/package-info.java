/** Rules of conversations: how their text is compared. */
@org.jspecify.annotations.NullMarked
package io.sluice.core.content;
