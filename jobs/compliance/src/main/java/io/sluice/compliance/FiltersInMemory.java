package io.sluice.compliance;

import java.util.Collection;
import org.apache.flink.state.rocksdb.RocksDBOptionsFactory;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.DBOptions;

/**
 * A filter also before what RocksDB has not yet written to files: of nearly every message nothing is known, and without it
 * each costs a search through the newest state.
 */
public final class FiltersInMemory implements RocksDBOptionsFactory {
    private static final long serialVersionUID = 1L;

    /** Of a write buffer, 64 MiB by default: 10 million bits. */
    private static final double PART_OF_BUFFER = 0.02;

    @Override
    public DBOptions createDBOptions(DBOptions current, Collection<AutoCloseable> toClose) {
        return current;
    }

    @Override
    public ColumnFamilyOptions createColumnOptions(ColumnFamilyOptions current, Collection<AutoCloseable> toClose) {
        return current.setMemtablePrefixBloomSizeRatio(PART_OF_BUFFER).setMemtableWholeKeyFiltering(true);
    }
}
