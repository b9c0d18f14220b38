package io.sluice.spend;

import io.sluice.core.spend.Count;
import io.sluice.core.spend.Id;
import io.sluice.core.spend.LedgerChange;
import io.sluice.core.spend.Periods;
import io.sluice.core.spend.PriceBook;
import io.sluice.core.spend.RequestMessage.Kind;
import io.sluice.core.spend.Usage;
import io.sluice.core.spend.UsageView;
import io.sluice.runtime.Bundle;
import io.sluice.runtime.Bundles;
import io.sluice.runtime.BundlingOperator;
import io.sluice.schema.Topic;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Duration;
import org.apache.flink.streaming.api.operators.BoundedOneInput;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.jspecify.annotations.Nullable;

/**
 * Reads usage events in place and sends each where it belongs: to its request, by way of its session if it names
 * nobody, and to the aliases of its request.
 *
 * <p>Puts out bundles of rows for {@link RequestOperator}; by side outputs those for aliases and sessions.
 */
final class UsageOperator extends BundlingOperator<Bundle>
        implements OneInputStreamOperator<byte[], Bundle>, BoundedOneInput {
    private static final long serialVersionUID = 1L;

    private final Duration openAfterEnd;
    private final boolean documents;
    private transient Usage usage;
    private transient Bundles requests;
    private transient Bundles clients;
    private transient Bundles aliases;
    private transient Bundles sessions;
    private transient UsageRoutes routes;
    private transient LedgerTally ledger;

    /** @param documents whether each report is to become a document, by {@link Tags#REPORTS} */
    UsageOperator(Duration openAfterEnd, boolean documents) {
        this.openAfterEnd = openAfterEnd;
        this.documents = documents;
    }

    @Override
    public void open() throws Exception {
        super.open();
        int keyGroups = getRuntimeContext().getTaskInfo().getMaxNumberOfParallelSubtasks();
        usage = new Usage(PriceBook.bundled(), openAfterEnd);
        requests = new Bundles(keyGroups, this::emit);
        clients = new Bundles(keyGroups, bundle -> emit(Tags.CLIENTS, bundle));
        aliases = new Bundles(keyGroups, bundle -> emit(Tags.ALIASES, bundle));
        sessions = new Bundles(keyGroups, bundle -> emit(Tags.SESSIONS, bundle));
        routes = new UsageRoutes(usage, requests, clients, aliases);
        ledger = new LedgerTally();
    }

    @Override
    public void processElement(StreamRecord<byte[]> element) throws Exception {
        byte[] value = element.getValue();
        try {
            usage.read(value);
        } catch (ArithmeticException | DateTimeException e) {
            reject(element, "number-out-of-range", String.valueOf(e.getMessage()));
            return;
        } catch (IOException | RuntimeException e) {
            reject(element, "undecodable", ReadFunction.undecodable(Topic.USAGE, value));
            return;
        }
        UsageView view = usage.view();
        if (!ledger.knows(usage.scope())) {
            ledger.name(usage.scope(), usage.ledgerScope());
        }
        long hour = Periods.hour(view.receivedAtMicros());
        ledger.add(usage.scope(), hour, Count.RECEIVED, 1);
        if (usage.isLate()) {
            ledger.add(usage.scope(), hour, Count.LATE, 1);
        } else {
            send();
        }
        linger();
    }

    private void send() {
        Id session = usage.session();
        if (session != null) {
            SessionRow.ofSession(sessions.row(session), session, usage);
        }
        Id installation = usage.installation();
        SessionRow.ofInstallation(sessions.row(installation), installation, usage);
        if (session == null || usage.isNamed()) {
            routes.send(Kind.RECORD, usage.view().receivedAtMicros());
            if (documents) {
                emit(Tags.REPORTS, usage.view().bytes());
            }
        }
    }

    private void reject(StreamRecord<byte[]> element, String reason, String message) {
        @Nullable Long timestamp = element.hasTimestamp() ? element.getTimestamp() : null;
        emit(Tags.UNDECODABLE, ReadFunction.deadLetter(Topic.USAGE, element.getValue(), timestamp, reason, message));
    }

    @Override
    protected void flush() {
        requests.flush();
        clients.flush();
        aliases.flush();
        sessions.flush();
        ledger.flush((LedgerChange change) -> emit(Tags.LEDGER, change));
    }

    @Override
    public void endInput() {
        flush();
    }
}
