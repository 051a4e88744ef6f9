//! Whether partitions lie inside the disk and beside each other.

use super::report::{Partition, PartitionRole};

/// What is wrong with where `partitions` lie on a disk of `disk_size` bytes.
pub(super) fn problems(partitions: &[Partition], disk_size: u64) -> Vec<String> {
    let mut found = Vec::new();
    for partition in partitions {
        let end = partition.start.saturating_add(partition.size);
        if end > disk_size {
            found.push(format!(
                "partition {} ends at byte {end}, the disk at {disk_size}",
                partition.number
            ));
        }
    }
    let mut placed: Vec<&Partition> = partitions
        .iter()
        .filter(|p| p.role != PartitionRole::Extended && p.size > 0)
        .collect();
    placed.sort_by_key(|p| (p.start, p.number));
    // The partition that reaches furthest so far: a long one may cover several later ones.
    let mut reach: Option<&Partition> = None;
    for partition in placed {
        let end = |p: &Partition| p.start.saturating_add(p.size);
        if let Some(before) = reach
            && end(before) > partition.start
        {
            found.push(format!(
                "partitions {} and {} overlap",
                before.number, partition.number
            ));
        }
        if reach.is_none_or(|before| end(partition) > end(before)) {
            reach = Some(partition);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn partition(number: u32, start: u64, size: u64) -> Partition {
        Partition {
            number,
            role: PartitionRole::Primary,
            start,
            size,
            type_code: "0x83".to_owned(),
            type_name: None,
            name: None,
            guid: None,
            bootable: false,
            attributes: Vec::new(),
            volume: None,
        }
    }

    #[test]
    fn neighbours_do_not_overlap() {
        assert_eq!(
            problems(&[partition(1, 0, 10), partition(2, 10, 10)], 20),
            Vec::<String>::new()
        );
    }

    #[test]
    fn a_long_partition_overlaps_all_that_it_covers() {
        let found = problems(
            &[
                partition(1, 0, 100),
                partition(2, 10, 5),
                partition(3, 50, 5),
            ],
            100,
        );

        assert_eq!(
            found,
            ["partitions 1 and 2 overlap", "partitions 1 and 3 overlap"]
        );
    }

    #[test]
    fn ends_beyond_the_disk_and_beyond_u64_are_told() {
        let found = problems(&[partition(1, u64::MAX, 100)], 64);

        assert_eq!(found.len(), 1);
        assert!(found[0].contains("the disk at 64"), "{found:?}");
    }
}
