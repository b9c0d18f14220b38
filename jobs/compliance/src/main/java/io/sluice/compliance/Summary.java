package io.sluice.compliance;

import io.sluice.core.content.Conversation;

/**
 * What state has of a conversation. The name of this class is in checkpoints: state of one that is called otherwise cannot be
 * read.
 *
 * @param version of the document; 0: there is none
 */
public record Summary(Conversation conversation, long version) {}
