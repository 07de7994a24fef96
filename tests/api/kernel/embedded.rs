//! The private PostgreSQL and its data folder.

use std::fs;
use std::os::unix::fs::symlink;

use tidepool::kernel::embedded::Embedded;

use crate::support::program::Folder;

/// The account that runs PostgreSQL owns the data folder, and can put links into it. Root must not write through them.
#[tokio::test]
async fn files_behind_links_in_the_data_folder_stay_as_they_are() {
    let (data, other) = (Folder::new("links"), Folder::new("behind-links"));
    let behind = other.0.join("file");
    fs::write(&behind, "kept").unwrap();
    let start = async || Embedded::start(Some(&data.0)).await.map(|running| running.stop().unwrap());
    symlink(&behind, data.0.join("programs.log")).unwrap();
    assert!(start().await.unwrap(), "it was started and stopped");
    assert_eq!(fs::read_to_string(&behind).unwrap(), "kept");
    for name in ["lock", "in-use"] {
        let link = data.0.join(name);
        fs::remove_file(&link).unwrap();
        symlink(&behind, &link).unwrap();
        assert!(start().await.is_err(), "{name}");
        assert_eq!(fs::read_to_string(&behind).unwrap(), "kept");
        fs::remove_file(&link).unwrap();
    }
}
