package io.sluice.spend;

import io.sluice.core.spend.Alias;
import io.sluice.core.spend.ClientAlias;
import io.sluice.core.spend.RowReader;
import io.sluice.runtime.Bundles;
import io.sluice.spend.FactStore.Known;
import java.time.Duration;

/** The same around {@link ClientAlias}; puts out rows for {@link AliasOperator} besides, by {@link Tags#ALIASES}. */
final class ClientAliasOperator extends AliasOperator {
    private static final long serialVersionUID = 1L;

    private transient Bundles messages;

    ClientAliasOperator(Duration openAfterEnd, int filterBytes) {
        super(openAfterEnd, filterBytes, "client-aliases");
    }

    @Override
    public void open() throws Exception {
        super.open();
        messages = new Bundles(
                getRuntimeContext().getTaskInfo().getMaxNumberOfParallelSubtasks(),
                bundle -> emit(Tags.ALIASES, bundle));
    }

    @Override
    boolean apply(Alias.Message message, Known known) {
        ClientAlias client = ClientAlias.UNSEEN;
        for (RowReader stored : known.facts()) {
            client = client.apply(Alias.Message.read(message.alias(), stored)).alias();
        }
        ClientAlias.Step step = client.apply(message);
        step.requests().forEach(this::send);
        step.aliases().forEach(each -> each.write(messages.row(each.alias())));
        return step.changed();
    }

    @Override
    protected void flush() {
        super.flush();
        messages.flush();
    }
}
