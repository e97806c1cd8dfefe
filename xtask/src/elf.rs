//! Reads the SONAME of a shared library: what programs linked with it will ask the loader for.

const MAGIC: &[u8] = b"\x7fELF\x02\x01"; // 64 bits, little endian: every platform that this project is built on
const SECTION_DYNAMIC: u32 = 6;
const DYNAMIC_ENTRY: usize = 16;
const TAG_SONAME: u64 = 14;

/// The SONAME in an ELF file's bytes; `None` if it has none, or is not ELF.
pub(crate) fn soname(file: &[u8]) -> Option<String> {
    if !file.starts_with(MAGIC) {
        return None;
    }
    let table = offset(file, 0x28)?;
    let entry_size = usize::from(u16::from_le_bytes(bytes(file, 0x3a)?));
    let count = usize::from(u16::from_le_bytes(bytes(file, 0x3c)?));
    let section = |index: usize| file.get(table.checked_add(index.checked_mul(entry_size)?)?..);
    let contents = |header: &[u8]| {
        let start = offset(header, 0x18)?;
        file.get(start..start.checked_add(offset(header, 0x20)?)?)
    };
    let is_dynamic = |header: &&[u8]| number(header, 4) == Some(SECTION_DYNAMIC);
    let dynamic = (0..count).filter_map(section).find(is_dynamic)?;
    let strings = contents(section(number(dynamic, 0x28)? as usize)?)?;
    let mut entries = contents(dynamic)?.chunks_exact(DYNAMIC_ENTRY);
    let entry =
        entries.find(|entry| bytes(entry, 0).map(u64::from_le_bytes) == Some(TAG_SONAME))?;
    let name = strings.get(offset(entry, 8)?..)?.split(|&byte| byte == 0).next()?;
    String::from_utf8(name.to_vec()).ok()
}

fn bytes<const N: usize>(from: &[u8], at: usize) -> Option<[u8; N]> {
    from.get(at..at.checked_add(N)?)?.try_into().ok()
}

fn number(from: &[u8], at: usize) -> Option<u32> {
    bytes(from, at).map(u32::from_le_bytes)
}

fn offset(from: &[u8], at: usize) -> Option<usize> {
    usize::try_from(u64::from_le_bytes(bytes(from, at)?)).ok()
}

#[cfg(test)]
mod tests {
    use super::soname;

    #[test]
    fn what_is_no_library_has_no_soname() {
        assert_eq!(soname(b""), None);
        assert_eq!(soname(b"\x7fELF\x02\x01"), None);
        assert_eq!(soname(&[0x7f; 4096]), None);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_test_program_is_elf_without_a_soname() {
        let program = std::env::current_exe().expect("this program has a path");
        assert_eq!(soname(&std::fs::read(program).expect("and can be read")), None);
    }
}
