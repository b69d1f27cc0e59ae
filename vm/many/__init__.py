"""Work that is done elsewhere: by processes of this computer, or by a cluster's workers."""
