//! Text archives: a comment, then files, each under a line `-- name --`.
//!
//! The format is that of Go's `txtar`, so that the go command's own scripts parse
//! too. It has no escapes and no errors: every text is an archive, and a file ends
//! with a newline.

/// A parsed archive.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Archive {
    /// What stands before the first file.
    pub comment: String,
    /// The files, in the order of the text.
    pub files: Vec<File>,
}

/// One file of an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// The name as written between the dashes, without the blanks around it.
    pub name: String,
    /// The contents: empty, or ending in a newline.
    pub data: String,
}

impl Archive {
    /// Reads an archive.
    pub fn parse(text: &str) -> Self {
        let mut archive = Self::default();
        for line in text.split_inclusive('\n') {
            if let Some(name) = marker(line) {
                archive.files.push(File { name: name.to_owned(), data: String::new() });
                continue;
            }
            let open = match archive.files.last_mut() {
                Some(file) => &mut file.data,
                None => &mut archive.comment,
            };
            open.push_str(line);
            if !line.ends_with('\n') {
                open.push('\n');
            }
        }
        archive
    }

    /// Writes the archive out again; `parse` of the result is the same archive.
    pub fn format(&self) -> String {
        let mut text = terminated(&self.comment);
        for file in &self.files {
            text.push_str(&format!("-- {} --\n", file.name));
            text.push_str(&terminated(&file.data));
        }
        text
    }

    /// The contents of the first file of this name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.files.iter().find(|file| file.name == name).map(|file| file.data.as_str())
    }
}

/// Whether `text`, put into an archive, would read back as more than one file.
pub fn has_marker(text: &str) -> bool {
    text.lines().any(|line| marker(line).is_some())
}

fn marker(line: &str) -> Option<&str> {
    let line = line.strip_suffix('\n').unwrap_or(line);
    let line = line.strip_suffix('\r').unwrap_or(line);
    let name = line.strip_prefix("-- ")?.strip_suffix(" --")?.trim();
    (!name.is_empty()).then_some(name)
}

fn terminated(text: &str) -> String {
    let mut text = text.to_owned();
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    text
}
